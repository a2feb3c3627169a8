/**
 * Aborts when the signal does, or when the time is over (reason: a `TimeoutError`, as of `AbortSignal.timeout`).
 *
 * The timer itself holds the controller. `AbortSignal.any([signal, AbortSignal.timeout(ms)])` holds its time-out by a
 * weak reference only: on Node 20 it can be collected before it fires, and what it should end then hangs for good.
 */
export function timeLimited(signal: AbortSignal, ms: number): AbortSignal {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new DOMException(`not within ${ms} ms`, 'TimeoutError')), ms);
  timer.unref();
  return AbortSignal.any([signal, limit.signal]);
}
