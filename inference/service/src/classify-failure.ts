import {
  KafkaUnavailableError,
  ObjectChangedError,
  Problem,
  StoreUnavailableError,
  isOfTheClient,
} from '@hilum/runtime/core';
import type { Failure, InferenceMetrics } from './inference-metrics.js';

/** no place, or none in time */
const OVERLOADED: ReadonlySet<string> = new Set(['HILUM_INFERENCE_OVERLOADED', 'HILUM_INFERENCE_WAITED_TOO_LONG']);

/**
 * The one place where a failure becomes an answer; the sender's delivery rule acts on the status alone.
 * @returns failure null when the client has gone, which is none
 */
function classify(error: unknown): { problem: unknown; failure: Failure | null } {
  if (error instanceof StoreUnavailableError)
    return { problem: away(error.code, 'Store away', 'the object store does not answer', 5), failure: 'store' };
  if (error instanceof KafkaUnavailableError)
    return { problem: away(error.code, 'Broker away', 'the broker does not confirm', 5), failure: 'broker' };
  if (error instanceof ObjectChangedError)
    return { problem: away(error.code, 'Object changing', 'the object is being overwritten', 1), failure: 'changed' };
  if (!(error instanceof Problem)) {
    // of a body that cannot be read, as Express's parser tells it
    if (!isOfTheClient(error)) return { problem: error, failure: 'internal' };
    return { problem: error, failure: error.type === 'request.aborted' ? null : 'malformed' };
  }
  if (OVERLOADED.has(error.code)) return { problem: error, failure: 'overloaded' };
  if (error.code === 'HILUM_INFERENCE_STOPPING') return { problem: error, failure: 'stopping' };
  return { problem: error, failure: error.status < 500 ? 'malformed' : 'internal' };
}

/** Counts why a request was not answered as it was meant to be. @throws what is to be told of it */
export function countFailure(error: unknown, metrics: Pick<InferenceMetrics, 'failed'>): never {
  const { problem, failure } = classify(error);
  if (failure !== null) metrics.failed(failure);
  throw problem;
}

function away(code: string, title: string, detail: string, retryAfterSeconds: number): Problem {
  return new Problem(503, code, title, detail, { retryAfterSeconds });
}
