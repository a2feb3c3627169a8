/** How long to wait before a process that died is started again. */
export interface RestartDelays {
  firstMs: number;
  longestMs: number;
  /** A process that has been ready this long counts as well again: its next death starts from firstMs. */
  healthyAfterMs: number;
}

export const restartDelays: RestartDelays = { firstMs: 400, longestMs: 15_000, healthyAfterMs: 30_000 };

/**
 * Doubles with every failure in a row, up to the longest; then takes half of it fixed and half at random, so that
 * processes that died of one cause do not all come back in the same instant.
 * @param failures failures in a row, this one included: 1, 2, …
 * @param random a number in [0, 1)
 */
export function restartDelayMs(failures: number, random: number, delays: RestartDelays = restartDelays): number {
  const full = Math.min(delays.longestMs, delays.firstMs * 2 ** Math.min(failures - 1, 20));
  return full / 2 + (full / 2) * random;
}
