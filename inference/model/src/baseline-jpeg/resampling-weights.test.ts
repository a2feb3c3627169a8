import { describe, expect, it } from 'vitest';
import { ACROSS, DOWN, WHOLE_WEIGHT, resamplingOf } from './resampling-weights.js';

/** Lanczos-3 of one output sample over the whole input, as a textbook has it. */
function lanczosOf(from: number, to: number, index: number): number[] {
  const widening = Math.max(1, from / to);
  const centre = ((index + 0.5) * from) / to - 0.5;
  const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
  const weights = Array.from({ length: Math.ceil(from) }, (_, sample) => {
    const distance = (sample - centre) / widening;
    return Math.abs(distance) < 3 ? sinc(distance) * sinc(distance / 3) : 0;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

describe.each([
  { way: 'down', reading: DOWN },
  { way: 'across', reading: ACROSS },
])('weights $way', ({ reading }) => {
  const sizes = [
    [1, 1],
    [1, 160],
    [2, 7],
    [5, 5],
    [64, 160],
    [125.5, 160],
    [160, 160],
    [237.875, 160],
    [325.25, 160],
    [2000, 3],
  ] as const;

  it.each(sizes)('of %f samples for %i are those of the kernel, and add up to one', (from, to) => {
    const { starts, taps, weights } = resamplingOf(from, to, reading);
    for (let index = 0; index < to; index += 1) {
      const row = weights.subarray(index * taps, (index + 1) * taps);
      expect(row.reduce((sum, weight) => sum + weight, 0)).toBe(WHOLE_WEIGHT);
      const expected = lanczosOf(from, to, index);
      const start = starts[index] ?? 0;
      const made = expected.map((_, sample) => row[sample - start] ?? 0);
      const errors = made.map((weight, sample) => Math.abs(weight - WHOLE_WEIGHT * (expected[sample] ?? 0)));
      // rounded, and what rounding left over of the one before
      expect(Math.max(...errors)).toBeLessThanOrEqual(1 + 1e-6);
    }
  });

  it.each(sizes)('of %f samples for %i can be read as they are to be', (from, to) => {
    const { starts, taps } = resamplingOf(from, to, reading);
    expect(taps % reading.tapsStep).toBe(0);
    for (const start of starts) {
      expect(start % reading.startStep).toBe(0);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(start + taps).toBeLessThanOrEqual(reading.tapsStep * Math.ceil(from / reading.tapsStep));
    }
  });
});
