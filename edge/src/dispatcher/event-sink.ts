import type { ProblemSummary } from './delivery-rule.js';
import type { SinkRequest } from './kafka-source-event.js';

/** What one request to the sink came to. */
export type SinkAnswer =
  | { kind: 'answer'; status: number; retryAfterMs: number | null; problem: ProblemSummary | null }
  /** never connected, so the request was not sent: refused, unknown host, TLS, connect timeout */
  | { kind: 'no-connection' }
  /** connected, the request sent or being sent, and the connection lost before the answer was whole */
  | { kind: 'broken' }
  | { kind: 'timeout' };

/** Port for what receives the events: the scoring service, or a Knative address in front of it. */
export interface EventSink {
  /** Never rejects; after an abort the answer means nothing. */
  post(request: SinkRequest, signal: AbortSignal): Promise<SinkAnswer>;
}
