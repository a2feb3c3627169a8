import { describe, expect, it } from 'vitest';
import { clockOffsetMs } from './clock-offset.js';

const reading = (theirsMs: number, resolutionMs = 1) => ({
  of: 'hub-postgres',
  askedAtMs: 100_000,
  answeredAtMs: 100_400,
  theirsMs,
  resolutionMs,
});

describe('a clock', () => {
  it('agrees when it tells a time between question and answer', () => {
    expect(clockOffsetMs(reading(100_200))).toBe(0);
  });

  it('is given what cutting off its fraction of a second takes', () => {
    expect(clockOffsetMs(reading(99_000, 1_000))).toBe(0);
    expect(clockOffsetMs(reading(98_000, 1_000))).toBe(-1_000);
  });
});
