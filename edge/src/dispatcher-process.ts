import { siteTopics } from '@hilum/contracts';
import {
  KafkaAdmin,
  KafkaConsumer,
  KafkaPublisher,
  connectKafka,
  createHttpApp,
  gauge,
  listen,
  runProcess,
  untilDone,
} from '@hilum/runtime';
import { edgeGroups } from './consumer-groups.js';
import { DELIVERY_TIMEOUT_MS, readDispatcherConfig } from './dispatcher/dispatcher-settings.js';
import { Dispatcher } from './dispatcher/dispatcher.js';
import { HttpEventSink } from './dispatcher/http-event-sink.js';

const START_BACKOFF = { firstMs: 250, maxMs: 5_000 };

await runProcess({
  name: 'dispatcher',
  readConfig: () => readDispatcherConfig(process.env),
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
        admin.lag(edgeGroups.dispatcher, siteTopics.uploads).then(
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
    const consumer = new KafkaConsumer({ kafka, groupId: edgeGroups.dispatcher, log }, dispatcher);
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
