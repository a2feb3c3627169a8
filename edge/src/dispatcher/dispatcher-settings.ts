import {
  httpUrl,
  integer,
  kafkaSettings,
  kafkaTlsProblems,
  port,
  processSettings,
  readConfig,
  siteSettings,
  storeSettings,
  type ConfigOf,
} from '@hilum/runtime';

/** How long a delivery may take, milliseconds: far beyond the scoring of the largest image taken. */
export const DELIVERY_TIMEOUT_MS = 60_000;

/** All that the dispatcher reads from its environment. */
export const dispatcherSettings = {
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

/** @throws ConfigError with every problem found */
export function readDispatcherConfig(env: NodeJS.ProcessEnv): ConfigOf<typeof dispatcherSettings> {
  return readConfig(dispatcherSettings, withKnativeSink(env), kafkaTlsProblems);
}

/** Under Knative the sink's address comes as K_SINK (SinkBinding, ContainerSource). */
function withKnativeSink(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { K_SINK: knativeSink, HILUM_DISPATCHER_SINK_URL: ownSink } = env;
  const isOwnGiven = ownSink !== undefined && ownSink !== '';
  return knativeSink === undefined || isOwnGiven ? env : { ...env, HILUM_DISPATCHER_SINK_URL: knativeSink };
}
