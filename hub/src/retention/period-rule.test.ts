import { describe, expect, it } from 'vitest';
import { aheadEnd, floorOf, partitionName, periodOfPartition, periodStart, periodsAhead } from './period-rule.js';

const at = (text: string): number => Date.parse(text);

describe('periods', () => {
  it('begin in UTC, also across the ends of months and years', () => {
    expect(periodStart('month', at('2026-12-31T23:59:59.999Z'))).toBe(at('2026-12-01T00:00:00Z'));
    expect(periodStart('month', at('2026-12-31T23:59:59.999Z'), 1)).toBe(at('2027-01-01T00:00:00Z'));
    expect(periodStart('day', at('2028-02-28T12:00:00Z'), 1)).toBe(at('2028-02-29T00:00:00Z'));
  });

  it('are made for the current one and those that come next', () => {
    expect(periodsAhead('month', at('2026-11-30T12:00:00Z')).map((start) => new Date(start).toISOString())).toEqual([
      '2026-11-01T00:00:00.000Z',
      '2026-12-01T00:00:00.000Z',
      '2027-01-01T00:00:00.000Z',
    ]);
    expect(aheadEnd('month', at('2026-11-30T12:00:00Z'))).toBe(at('2027-02-01T00:00:00Z'));
    expect(aheadEnd('day', at('2026-11-30T12:00:00Z'))).toBe(at('2026-12-04T00:00:00Z'));
  });

  it.each([
    ['month', '2026-05-04T12:00:00Z', 31],
    ['month', '2026-03-31T23:59:59Z', 31],
    ['month', '2028-02-29T00:00:00Z', 365],
    ['day', '2026-05-04T00:00:00Z', 1],
    ['day', '2026-05-04T23:59:59Z', 14],
  ] as const)('by %s never expire what is younger than promised (%s, %d days)', (period, now, days) => {
    const floor = floorOf(period, at(now), days);
    expect(floor).toBeLessThanOrEqual(at(now) - days * 86_400_000);
    expect(periodStart(period, floor)).toBe(floor);
    expect(periodStart(period, floor, 1)).toBeGreaterThan(at(now) - days * 86_400_000);
  });
});

describe('names of partitions', () => {
  it('say the table and the period, and can be read again', () => {
    const may = at('2026-05-01T00:00:00Z');
    expect(partitionName('results', 'month', may)).toBe('results_2026_05');
    expect(partitionName('heartbeats', 'day', may)).toBe('heartbeats_2026_05_01');
    expect(periodOfPartition('results', 'month', 'results_2026_05')).toBe(may);
    expect(periodOfPartition('heartbeats', 'day', 'heartbeats_2026_05_01')).toBe(may);
  });

  it.each(['results_default', 'results_2026_05_01', 'results_2026', 'other_2026_05'])(
    'are not read from %s',
    (name) => {
      expect(periodOfPartition('results', 'month', name)).toBeNull();
    },
  );
});
