import { siteTopics } from '@hilum/contracts';
import {
  KafkaAdmin,
  KafkaConsumer,
  KafkaPublisher,
  connectKafka,
  createHttpApp,
  gauge,
  httpUrl,
  integer,
  kafkaSettings,
  kafkaTlsProblems,
  listen,
  port,
  processSettings,
  readConfig,
  runProcess,
  siteSettings,
  storeSettings,
  untilDone,
} from '@hilum/runtime';
import { Dispatcher } from './dispatcher/dispatcher.js';
import { HttpEventSink } from './dispatcher/http-event-sink.js';

const GROUP = 'edge.dispatcher';
/** Far beyond the scoring of the largest image taken. */
const DELIVERY_TIMEOUT_MS = 60_000;
const START_BACKOFF = { firstMs: 250, maxMs: 5_000 };

const settings = {
  ...processSettings,
  ...kafkaSettings,
  siteName: siteSettings.siteName,
  intakeBucket: storeSettings.intakeBucket,
  keyEncoding: storeSettings.keyEncoding,
  port: port('HILUM_DISPATCHER_PORT'),
  sinkUrl: httpUrl('HILUM_DISPATCHER_SINK_URL'),
  concurrency: integer('HILUM_DISPATCHER_CONCURRENCY', { min: 1, max: 256, fallback: 4 }),
  retries: integer('HILUM_DISPATCHER_RETRIES', { min: 0, max: 20, fallback: 5 }),
};

/** Under Knative the sink's address comes as K_SINK (SinkBinding, ContainerSource). */
function withKnativeSink(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { K_SINK: knativeSink, HILUM_DISPATCHER_SINK_URL: ownSink } = env;
  const isOwnGiven = ownSink !== undefined && ownSink !== '';
  return knativeSink === undefined || isOwnGiven ? env : { ...env, HILUM_DISPATCHER_SINK_URL: knativeSink };
}

await runProcess({
  name: 'dispatcher',
  readConfig: () => readConfig(settings, withKnativeSink(process.env), kafkaTlsProblems),
  start: async (config, { log, registry, readiness, stopping, onStop }) => {
    readiness.set('consumer', false);
    const http = await listen(
      createHttpApp({ log, registry, readiness, routes: () => undefined }),
      config.httpHost,
      config.port,
    );
    onStop('http', () => http.close());

    const kafka = connectKafka(config, { clientId: 'dispatcher', log });
    const publisher = new KafkaPublisher(kafka);
    onStop('publisher', () => publisher.close());
    const admin = new KafkaAdmin(kafka);
    onStop('admin', () => admin.close());
    gauge(
      registry,
      'hilum_dispatcher_lag_records',
      'records not yet delivered; NaN while the broker is away',
      [],
      (g) =>
        admin.lag(GROUP, siteTopics.uploads).then(
          (lag) => g.set(lag),
          () => g.set(Number.NaN),
        ),
    );

    const dispatcher = new Dispatcher({
      site: config.siteName,
      sink: new HttpEventSink({ url: config.sinkUrl, timeoutMs: DELIVERY_TIMEOUT_MS }),
      deadLetters: publisher,
      log,
      registry,
      notification: { intakeBucket: config.intakeBucket, keyEncoding: config.keyEncoding },
      concurrency: config.concurrency,
      retries: config.retries,
    });
    const consumer = new KafkaConsumer({ kafka, groupId: GROUP, log }, dispatcher);
    onStop('consumer', () => consumer.stop());
    await untilDone(() => consumer.consume([siteTopics.uploads]), {
      backoff: START_BACKOFF,
      signal: stopping,
      onFailure: (error, attempt) => {
        if (attempt === 0) log.warn({ err: error }, 'the broker is away, waiting for it');
      },
    });
    readiness.set('consumer', true);
  },
});
