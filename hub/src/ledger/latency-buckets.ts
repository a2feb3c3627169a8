/**
 * Lower bounds in milliseconds of the buckets after the first: steps of a quarter up to ten seconds, where scoring
 * normally is, and wider ones for images that waited out a failure. Part of the schema: the buckets are columns of
 * site_hours and site_days.
 */
export const LATENCY_BOUNDS_MS = [
  50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300,
  8000, 10_000, 16_000, 25_000, 40_000, 63_000, 100_000, 160_000, 250_000, 400_000, 630_000, 1_800_000, 3_600_000,
  14_400_000, 86_400_000,
] as const;

export const LATENCY_BUCKETS = LATENCY_BOUNDS_MS.length + 1;

/** The bucket that holds a latency; PostgreSQL's width_bucket over the bounds gives the same. */
export function latencyBucket(latencyMs: number): number {
  let low = 0;
  let high: number = LATENCY_BOUNDS_MS.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((LATENCY_BOUNDS_MS[middle] ?? Infinity) <= latencyMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The latency that a share of the results does not exceed (nearest rank), as well as the buckets tell: it lies in the same
 * bucket as the true one, where results are taken to be spread evenly. Of the last bucket, which has no end, its begin.
 * @param counts results by bucket
 * @param share from 0 to 1
 * @returns null when there are none
 */
export function percentileOf(counts: readonly number[], share: number): number | null {
  const rank = Math.max(1, Math.ceil(share * counts.reduce((sum, count) => sum + count, 0)));
  let before = 0;
  for (const [bucket, count] of counts.entries()) {
    if (rank <= before + count) {
      const from = bucket === 0 ? 0 : (LATENCY_BOUNDS_MS[bucket - 1] ?? 0);
      const until = LATENCY_BOUNDS_MS[bucket] ?? from;
      return from + ((rank - before - 0.5) / count) * (until - from);
    }
    before += count;
  }
  return null;
}
