import type { ModelReference, TimingsMs } from '@hilum/contracts';
import { STEP_SECONDS, counter, gauge, histogram, type Registry } from '@hilum/runtime/core';

/** The parts of the way that this service goes itself, each with a histogram of its own. */
export const MEASURED_STEPS = ['fetch', 'decode', 'predict', 'explain', 'publish'] as const;

/** Why something was not done; closed, for it labels a metric. */
export const FAILURES = [
  'malformed',
  'overloaded',
  'stopping',
  'store',
  'broker',
  'changed',
  'explain',
  'stored-outcome',
  'internal',
] as const;
export type Failure = (typeof FAILURES)[number];

/** How many requests there are, and how many may be worked on at once. */
export interface Load {
  readonly concurrency: number;
  readonly working: number;
  readonly waiting: number;
}

export type InferenceMetrics = ReturnType<typeof createInferenceMetrics>;

/**
 * @param model what scores; told as labels of a metric that is always 1, so that sites that serve different weights show
 * @param load read when a scrape asks
 */
export function createInferenceMetrics(registry: Registry, model: ModelReference, load: Load) {
  const steps = MEASURED_STEPS.map((step) => ({
    step,
    seconds: histogram(
      registry,
      `hilum_inference_${step}_seconds`,
      `Time to ${step} one image, in seconds`,
      STEP_SECONDS,
    ),
  }));
  const outcomes = counter(
    registry,
    'hilum_inference_outcomes_total',
    'Images with an outcome, by decision and reason',
    ['decision', 'reason'],
  );
  const failures = counter(registry, 'hilum_inference_failures_total', 'What could not be done, by cause', ['err']);
  for (const err of FAILURES) failures.inc({ err }, 0);
  gauge(registry, 'hilum_inference_places', 'Requests that may be worked on at once', [], (self) =>
    self.set(load.concurrency),
  );
  gauge(registry, 'hilum_inference_working', 'Requests being worked on', [], (self) => self.set(load.working));
  gauge(registry, 'hilum_inference_waiting', 'Requests waiting for their turn', [], (self) => self.set(load.waiting));
  const { name, version, digest } = model;
  gauge(registry, 'hilum_inference_model_info', 'The model that scores; always 1', ['name', 'version', 'digest']).set(
    { name, version, digest },
    1,
  );
  gauge(
    registry,
    'hilum_inference_telemetry_off',
    'Whether the model’s runtime is told to send no usage data',
    [],
    (self) => self.set(process.env['ORT_DISABLE_TELEMETRY'] === '1' ? 1 : 0),
  );
  return {
    outcomes,
    failed: (err: Failure): void => failures.inc({ err }),
    republished: counter(
      registry,
      'hilum_inference_republished_total',
      'Outcomes that were there already and whose event was published again',
    ),
    gone: counter(registry, 'hilum_inference_gone_total', 'Notified objects that are no longer in the store'),
    /** @param timings of the steps that an image went; null or left out: it did not */
    observe(timings: Partial<TimingsMs>): void {
      for (const { step, seconds } of steps) {
        const ms = timings[step] ?? null;
        if (ms !== null) seconds.observe(ms / 1000);
      }
    },
  };
}
