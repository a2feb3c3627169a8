import { describe, expect, it } from 'vitest';
import { clockFinding, clockOffsetMs, logTimesFinding } from './clocks-check.js';

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

  it.each([
    [100_400 + 2_000, 'ok'],
    [100_400 + 2_001, 'warning'],
    [100_400 + 30_000, 'warning'],
    [100_400 + 30_001, 'failed'],
    [99_999 - 2_001, 'warning'],
    [99_999 - 30_001, 'failed'],
  ])('that tells %d is %s', (theirsMs, state) => {
    expect(clockFinding(reading(theirsMs)).state).toBe(state);
  });

  it('is told as ahead or behind, in seconds', () => {
    expect(clockFinding(reading(105_400)).detail).toBe("the clock of hub-postgres is 5 s ahead of this machine's");
    expect(clockFinding(reading(94_999)).detail).toBe("the clock of hub-postgres is 5 s behind this machine's");
  });
});

describe('logs', () => {
  const log = (writtenAtMs: number, lastLineAtMs: number | null) => ({ name: 'hub.log', writtenAtMs, lastLineAtMs });

  it('of the past are well', () => {
    expect(logTimesFinding([log(900, 800), log(1_000, null)], 1_000).state).toBe('ok');
  });

  it.each([
    [log(6_000, 0), 'warning'],
    [log(0, 6_000), 'warning'],
    [log(0, 40_000), 'failed'],
  ])('of the future tell that the clock was set back', (times, state) => {
    const finding = logTimesFinding([times], 1_000);
    expect(finding).toMatchObject({ state, fix: 'timedatectl set-ntp true' });
    expect(finding.detail).toContain('was set back');
  });
});
