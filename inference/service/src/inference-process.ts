import { readFileSync } from 'node:fs';
import { DEFAULT_DECODE_LIMITS, loadLibraries, scoreImage, startModel } from '@hilum/model';
import {
  KafkaPublisher,
  assertStoreKeys,
  createHttpApp,
  kafkaTlsProblems,
  listen,
  readConfig,
  runProcess,
  type ConfigOf,
} from '@hilum/runtime/core';
import type { S3ObjectStore } from '@hilum/runtime/s3';
import { BodyRoom } from './body-room.js';
import { addCloudEventRoute } from './cloud-events/cloud-event-route.js';
import { createInferenceMetrics } from './inference-metrics.js';
import { addOpenInferenceRoutes, protocolErrorMembers } from './open-inference/open-inference-route.js';
import { rawImageHandler } from './open-inference/raw-image-handler.js';
import { Permits } from './permits.js';
import { kafkaScoredPublisher } from './scoring/scored-publisher.js';
import { BODIES_BYTES, EVENTS_BYTES, WAITING_FOR_EACH, inferenceSettings } from './settings.js';
import { WorkDeadline } from './work-deadline.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

await runProcess({
  name: 'inference',
  readConfig: () => readConfig(inferenceSettings, process.env, kafkaTlsProblems),
  async start(config, frame) {
    const { log, registry, readiness, stopping } = frame;
    const limits = {
      ...DEFAULT_DECODE_LIMITS,
      maxBytes: config.maxBytes,
      maxPixels: config.maxPixels,
      // as many as the pixels have in 8-bit colour
      maxStreamedBytes: 3 * config.maxPixels,
    };
    const replace = (): void => {
      if (!stopping.aborted) process.kill(process.pid, 'SIGTERM');
    };
    const permits = new Permits({
      concurrency: config.concurrency,
      maxWaiting: WAITING_FOR_EACH * config.concurrency,
      maxWaitMs: config.maxWaitMs,
    });
    // those who wait are sent elsewhere at once; those at work are finished before the server closes
    stopping.addEventListener('abort', () => permits.close());
    const modelStarts = startModel(config.releaseDirectory, {
      intraOpThreads: config.threads,
      predictions: config.predictions,
      inLine: () => permits.working + permits.waiting,
      onLost: (err) => {
        readiness.set('threads', false);
        log.error({ err }, 'a thread that predicts has ended: stopping, to be started again');
        replace();
      },
    });
    const storeOpens = openStore(config);
    // To the end of both, also when one fails: threads of a slow network are not torn off, and of two faults the same one is told.
    await Promise.allSettled([modelStarts, storeOpens]);
    const model = await modelStarts;
    frame.onStop('model', () => model.close());
    const store = await storeOpens;
    frame.onStop('store', () => store.close());
    const loadKafka = () => import('@hilum/runtime/kafka');
    const publisher = new KafkaPublisher(async () =>
      (await loadKafka()).connectKafka(config, { clientId: 'hilum-inference', log }),
    );
    frame.onStop('publisher', () => publisher.close());

    const deadline = new WorkDeadline({
      seconds: Math.ceil(config.workDeadlineMs / 1000),
      onStuck: () => {
        readiness.set('threads', false);
        log.error({ deadlineMs: config.workDeadlineMs }, 'an image hangs: stopping, to be started again');
        // Node waits at its end for the threads of its pool, and this one does not end.
        process.once('exit', () => process.kill(process.pid, 'SIGKILL'));
        replace();
      },
    });
    const context = {
      siteName: config.siteName,
      siteKey: config.siteKey,
      resultsBucket: config.resultsBucket,
      maxBytes: config.maxBytes,
      store,
      publisher: kafkaScoredPublisher(publisher),
      scorer: {
        reference: model.reference,
        thresholds: model.release.thresholds,
        score: (bytes: Uint8Array) => deadline.run(() => scoreImage(bytes, model, { limits })),
      },
      metrics: createInferenceMetrics(registry, model.reference, permits),
      log,
      now: Date.now,
      monotonicMs: () => performance.now(),
    };
    const inferOptions = {
      model,
      limits,
      permits,
      room: new BodyRoom(BODIES_BYTES),
      deadline,
      metrics: context.metrics,
    };
    const app = createHttpApp({
      log,
      registry,
      readiness,
      problemMembers: protocolErrorMembers,
      routes: (routes) => {
        addCloudEventRoute(routes, {
          context,
          permits,
          room: new BodyRoom(EVENTS_BYTES),
          intakeBucket: config.intakeBucket,
          keyEncoding: config.keyEncoding,
        });
        addOpenInferenceRoutes(routes, { ...inferOptions, readiness, appVersion: version });
      },
    });
    const server = await listen(app, config.httpHost, config.httpPort, rawImageHandler({ ...inferOptions, log }));
    frame.onStop('http', server.close);
    const { concurrency, predictions, threads } = config;
    // These would hold up whoever waits for the service to be ready: threads that help when the line is long, and libraries that the
    // first image from the store needs.
    void server.firstAnswer.then(() => {
      if (stopping.aborted) return;
      model.startThreads();
      return Promise.all([loadKafka(), loadLibraries()]);
    });
    log.info({ port: server.port, model: model.reference, concurrency, predictions, threads }, 'model loaded and warm');
  },
});

/** With keys that are known to be right. @throws ConfigError naming the variable that is wrong */
async function openStore(config: ConfigOf<typeof inferenceSettings>): Promise<S3ObjectStore> {
  // only here: it takes as long to load as all that the service imports at its top
  const { S3ObjectStore } = await import('@hilum/runtime/s3');
  const store = new S3ObjectStore(config);
  await assertStoreKeys(store, config);
  return store;
}
