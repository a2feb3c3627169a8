import { describe, expect, it } from 'vitest';
import { restartDelayMs } from './restart-delay-rule.js';

const delays = { firstMs: 400, longestMs: 15_000, healthyAfterMs: 30_000 };

describe('restartDelayMs', () => {
  it('doubles with every failure and stays at the longest, when chance gives its most', () => {
    const almostOne = 1 - Number.EPSILON;
    const waits = [1, 2, 3, 4, 5, 6, 7, 60].map((failures) => Math.round(restartDelayMs(failures, almostOne, delays)));
    expect(waits).toEqual([400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]);
  });

  it('is at least half of the full wait, when chance gives its least', () => {
    expect(restartDelayMs(3, 0, delays)).toBe(800);
  });
});
