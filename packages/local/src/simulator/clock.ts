import { wait } from '@hilum/runtime';

export interface Clock {
  /** milliseconds since some moment; only differences count */
  now(): number;
  /** Never throws. True when the time has passed, false when the signal came first. */
  wait(ms: number, signal: AbortSignal): Promise<boolean>;
}

/** Not the time of day, which jumps. */
export const monotonicClock: Clock = { now: () => performance.now(), wait };
