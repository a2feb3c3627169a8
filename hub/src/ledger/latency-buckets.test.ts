import { describe, expect, it } from 'vitest';
import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS, latencyBucket, percentileOf } from './latency-buckets.js';

describe('latencyBucket', () => {
  it.each([
    [-5, 0],
    [0, 0],
    [49.9, 0],
    [50, 1],
    [62.9, 1],
    [63, 2],
    [86_399_999, LATENCY_BUCKETS - 2],
    [86_400_000, LATENCY_BUCKETS - 1],
    [Infinity, LATENCY_BUCKETS - 1],
  ])('of %d ms is %d', (latencyMs, bucket) => {
    expect(latencyBucket(latencyMs)).toBe(bucket);
  });
});

describe('percentileOf', () => {
  const countsOf = (latencies: number[]): number[] => {
    const counts = new Array<number>(LATENCY_BUCKETS).fill(0);
    for (const latency of latencies) counts[latencyBucket(latency)]! += 1;
    return counts;
  };

  it('is null without results', () => {
    expect(percentileOf(countsOf([]), 0.5)).toBeNull();
  });

  it('lies in the bucket of the true one, whatever the distribution', () => {
    for (const spread of [1, 3, 10, 1000]) {
      const latencies = Array.from({ length: 999 }, (_, index) => 90 + ((index * 7919) % 999) * spread);
      const sorted = [...latencies].sort((a, b) => a - b);
      for (const share of [0, 0.5, 0.95, 1]) {
        const exact = sorted[Math.max(1, Math.ceil(share * 999)) - 1] ?? 0;
        const got = percentileOf(countsOf(latencies), share) ?? Number.NaN;
        expect(latencyBucket(got), `${share} of spread ${spread}`).toBe(latencyBucket(exact));
      }
    }
  });

  it('is within a seventh of the true one for results spread evenly below ten seconds', () => {
    const latencies = Array.from({ length: 5000 }, (_, index) => 100 + index);
    for (const share of [0.05, 0.5, 0.95]) {
      const exact = 99 + share * 5000;
      expect(Math.abs((percentileOf(countsOf(latencies), share) ?? 0) / exact - 1)).toBeLessThan(1 / 7);
    }
  });

  it('of what took longer than a day is a day', () => {
    expect(percentileOf(countsOf([2e9, 3e9]), 0.95)).toBe(LATENCY_BOUNDS_MS.at(-1));
  });
});
