import {
  choice,
  databaseSettings,
  httpUrl,
  integer,
  kafkaSettings,
  kafkaTlsProblems,
  optionalHttpUrl,
  optionalSecret,
  port,
  processSettings,
  readConfig,
  secret,
  siteSettings,
  storeSettings,
  type ConfigOf,
} from '@hilum/runtime';
import { TIME_PRECISIONS } from './relay/time-precision-rule.js';
import { STATUS_TARGETS } from './site-status/create-status-publisher.js';

/** All that the edge reads from its environment. */
export const edgeSettings = {
  ...processSettings,
  ...kafkaSettings,
  ...databaseSettings,
  ...storeSettings,
  ...siteSettings,
  port: port('HILUM_EDGE_PORT'),
  staffToken: secret('HILUM_EDGE_STAFF_TOKEN'),
  hospitalItToken: secret('HILUM_EDGE_HOSPITAL_IT_TOKEN'),
  inferenceUrl: httpUrl('HILUM_EDGE_INFERENCE_URL'),
  webhookUrl: optionalHttpUrl('HILUM_EDGE_WEBHOOK_URL'),
  webhookSecret: optionalSecret('HILUM_EDGE_WEBHOOK_SECRET'),
  hubTimePrecision: choice('HILUM_EDGE_HUB_TIME_PRECISION', TIME_PRECISIONS, 'exact'),
  reconcileIntervalMs: integer('HILUM_EDGE_RECONCILE_INTERVAL_MS', { min: 100, max: 86_400_000, fallback: 15_000 }),
  heartbeatIntervalMs: integer('HILUM_EDGE_HEARTBEAT_INTERVAL_MS', { min: 100, max: 3_600_000, fallback: 15_000 }),
  siteStatus: choice('HILUM_EDGE_SITE_STATUS', STATUS_TARGETS, 'none'),
  maxUploadBytes: integer('HILUM_EDGE_MAX_UPLOAD_BYTES', { min: 1, max: 1_073_741_824, fallback: 67_108_864 }),
};

/** Where and how staff are told of urgent findings; null when nobody is to be told. */
export interface WebhookConfig {
  url: string;
  secret: string;
}

export type EdgeConfig = ConfigOf<typeof edgeSettings> & { webhook: WebhookConfig | null };

/** @throws ConfigError with every problem found */
export function readEdgeConfig(env: NodeJS.ProcessEnv): EdgeConfig {
  const isNotifying = (env['HILUM_EDGE_WEBHOOK_URL'] ?? '') !== '';
  // a webhook without a secret could be told anything by anybody, so with an address the secret is required
  const { webhookSecret, ...others } = edgeSettings;
  const config = isNotifying
    ? readConfig({ ...others, webhookSecret: secret('HILUM_EDGE_WEBHOOK_SECRET') }, env, kafkaTlsProblems)
    : readConfig({ ...others, webhookSecret }, env, kafkaTlsProblems);
  const { webhookUrl: url, webhookSecret: key } = config;
  return { ...config, webhook: url === undefined || key === undefined ? null : { url, secret: key } };
}
