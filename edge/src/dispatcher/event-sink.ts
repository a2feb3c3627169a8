import type { ProblemSummary } from './delivery-rule.js';
import type { SinkRequest } from './kafka-source-event.js';

/** What one request to the sink came to. */
export type SinkAnswer =
  | { kind: 'answer'; status: number; retryAfterMs: number | null; problem: ProblemSummary | null }
  | { kind: 'no-connection' }
  | { kind: 'timeout' };

/** Port for what receives the events: the scoring service, or a Knative address in front of it. */
export interface EventSink {
  /** Never rejects; after an abort the answer means nothing. */
  post(request: SinkRequest, signal: AbortSignal): Promise<SinkAnswer>;
}
