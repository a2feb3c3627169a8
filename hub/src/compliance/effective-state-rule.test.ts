import { describe, expect, it } from 'vitest';
import { overallState } from './compliance-state.js';
import { effectiveState, SOURCE_STALE_MS } from './effective-state-rule.js';

const now = Date.UTC(2026, 4, 4, 12);
const reported = { state: 'compliant', message: 'no bucket is public' } as const;

describe('effectiveState', () => {
  it('believes a source that was heard within three minutes', () => {
    const signs = { seenAt: now - SOURCE_STALE_MS, availability: 'available' } as const;
    expect(effectiveState(now, reported, signs)).toEqual(reported);
  });

  it.each([
    ['was not heard for longer', now - SOURCE_STALE_MS - 1],
    ['was never heard', null],
  ])('takes nothing for compliant when the source %s', (_, seenAt) => {
    expect(effectiveState(now, reported, { seenAt, availability: 'available' })).toEqual({
      state: 'unknown',
      message: 'what tells of the fleet is not heard any more; it was last reported compliant',
    });
  });

  it.each(['unavailable', 'unknown'] as const)(
    'does not go on with the last state of a cluster that is %s',
    (availability) => {
      expect(effectiveState(now, reported, { seenAt: now, availability })).toEqual({
        state: 'unknown',
        message: 'the cluster is not available; it was last reported compliant',
      });
    },
  );

  it('believes a source that says nothing of clusters', () => {
    expect(effectiveState(now, reported, { seenAt: now, availability: null })).toEqual(reported);
  });
});

describe('overallState', () => {
  it.each([
    [['compliant', 'non-compliant', 'unknown'], 'non-compliant'],
    [['compliant', 'pending', 'unknown'], 'pending'],
    [['compliant', 'unknown'], 'unknown'],
    [['compliant', 'compliant'], 'compliant'],
    [[], 'unknown'],
  ] as const)('of %j is %s', (parts, expected) => {
    expect(overallState(parts)).toBe(expected);
  });
});
