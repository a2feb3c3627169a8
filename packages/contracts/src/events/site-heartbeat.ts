import { z } from 'zod';
import { siteName } from '../site-name.js';
import { modelReference, utcTime } from './parts.js';

export const SITE_HEARTBEAT_TYPE = 'org.hilum.site.heartbeat.v1';

export const COMPONENT_STATES = ['up', 'down', 'unknown'] as const;
const componentState = z.enum(COMPONENT_STATES);
export type ComponentState = z.infer<typeof componentState>;

/** Upper bounds in milliseconds of the upload-to-scored histogram; the last bucket is unbounded (null). */
export const LATENCY_BOUNDS_MS = [100, 250, 500, 1000, 2500, 5000, 15000, 60000, 300000, null] as const;

export const latencyBucket = z.strictObject({ leMs: z.number().positive().nullable(), count: z.number().int().min(0) });

/**
 * Sites are outbound-only, so this is how the hub learns how they are. A heartbeat that is lost is not missed: the
 * next one says all again. Hence its `sequence` is not its own but the highest that the site has published so far
 * (0 before the first), from which the hub sees a loss even when nothing follows it.
 */
export const siteHeartbeat = z.strictObject({
  site: siteName,
  sequence: z.number().int().min(0),
  at: utcTime,
  /** images in the intake bucket without an outcome */
  backlog: z.number().int().min(0),
  oldestUnscoredAgeSeconds: z.number().min(0),
  /** notifications that could not be delivered and that nobody at the site has settled */
  deadLetters: z.number().int().min(0),
  /** hub-bound events not yet handed to the site's Kafka, for the first time or again */
  outboxPending: z.number().int().min(0),
  /** totals since the site was installed */
  scored: z.number().int().min(0),
  unreadable: z.number().int().min(0),
  /** cumulative, upload to scored, as in a Prometheus histogram */
  latencyBuckets: z.array(latencyBucket).max(32),
  /** null while no model is loaded */
  model: modelReference.nullable(),
  appVersion: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]{1,32})?$/, 'must be a semantic version'),
  status: z.strictObject({
    store: componentState,
    kafka: componentState,
    database: componentState,
    inference: componentState,
  }),
});
export type SiteHeartbeat = z.infer<typeof siteHeartbeat>;
