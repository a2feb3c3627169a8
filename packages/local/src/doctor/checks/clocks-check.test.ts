import { describe, expect, it } from 'vitest';
import { clockFinding, logTimesFinding } from './clocks-check.js';

const reading = (theirsMs: number) => ({
  of: 'hub-postgres',
  askedAtMs: 100_000,
  answeredAtMs: 100_400,
  theirsMs,
  resolutionMs: 1,
});

describe('a clock', () => {
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
