import { setTimeout as delay } from 'node:timers/promises';

/** Delays in milliseconds: doubling from `firstMs` up to `maxMs`, each with up to 20 % of jitter off. */
export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/** @param attempt from 0 @param random 0..1 */
export function backoffMs({ firstMs, maxMs }: Backoff, attempt: number, random: number = Math.random()): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(full * (1 - 0.2 * random));
}

/** Waits, or returns early when the signal aborts; never throws. True when the time passed, false when aborted. */
export async function wait(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

/**
 * Tries until it succeeds; null when the signal aborts first.
 * @param onFailure told of each failure, before the wait
 */
export async function untilDone<Result>(
  attempt: () => Promise<Result>,
  options: { backoff: Backoff; signal: AbortSignal; onFailure: (error: unknown, attempt: number) => void },
): Promise<{ result: Result } | null> {
  for (let number = 0; !options.signal.aborted; number += 1) {
    try {
      return { result: await attempt() };
    } catch (error) {
      options.onFailure(error, number);
      await wait(backoffMs(options.backoff, number), options.signal);
    }
  }
  return null;
}
