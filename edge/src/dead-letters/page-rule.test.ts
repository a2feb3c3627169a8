import { describe, expect, it } from 'vitest';
import { formatDeadLetterId, parseDeadLetterId } from './dead-letter-id.js';
import { firstIds, rangesAfter, rangesAround } from './page-rule.js';

const RANGES = [
  { partition: 0, from: 3, to: 6 },
  { partition: 2, from: 0, to: 2 },
];

describe('a page of dead letters', () => {
  it('takes the first by partition and offset', () => {
    expect(firstIds(RANGES, 4).map(formatDeadLetterId)).toEqual(['0-3', '0-4', '0-5', '2-0']);
    expect(firstIds(RANGES, 99)).toHaveLength(5);
  });

  it('goes on behind a dead letter, also one that has expired', () => {
    const after = (partition: number, offset: number): string[] =>
      firstIds(rangesAfter(RANGES, { partition, offset }), 99).map(formatDeadLetterId);
    expect(after(0, 4)).toEqual(['0-5', '2-0', '2-1']);
    expect(after(0, 1)).toEqual(['0-3', '0-4', '0-5', '2-0', '2-1']);
    expect(after(1, 7)).toEqual(['2-0', '2-1']);
    expect(after(2, 1)).toEqual([]);
  });

  it('is read in one stretch of each partition', () => {
    const ids = [
      { partition: 0, offset: 9 },
      { partition: 2, offset: 1 },
      { partition: 0, offset: 4 },
    ];
    expect(rangesAround(ids)).toEqual([
      { partition: 0, from: 4, to: 10 },
      { partition: 2, from: 1, to: 2 },
    ]);
  });
});

describe('the id of a dead letter', () => {
  it('says where it lies', () => {
    expect(parseDeadLetterId('12-345')).toEqual({ partition: 12, offset: 345 });
  });

  it.each(['', '1', '-1', '1-', '0-01', '0-1-2', ' 0-1', '0-1e3', '0-9999999999999999', '9999999999-1'])(
    'is not %j',
    (text) => {
      expect(parseDeadLetterId(text)).toBeNull();
    },
  );
});
