import { describe, expect, it } from 'vitest';
import { DECISIONS, DOUBTS, REASONS, UNREADABLE_REASONS, decide, isUrgent } from './decision-rule.js';

const thresholds = { review: 0.3, suspected: 0.6 };
const scored = (probability: number) => decide({ kind: 'scored', probability }, thresholds);

describe('decide', () => {
  it.each([
    [0, 'normal'],
    [0.3 - Number.EPSILON, 'normal'],
    [0.3, 'review'],
    [0.6 - Number.EPSILON, 'review'],
    [0.6, 'pneumonia-suspected'],
    [1, 'pneumonia-suspected'],
  ])('makes of probability %d: %s', (probability, decision) => {
    expect(scored(probability)).toMatchObject({ decision, probability });
  });

  it('gives a reason to a review and none to a clear decision', () => {
    expect([scored(0.1).reason, scored(0.45).reason, scored(0.9).reason]).toEqual([null, 'uncertain', null]);
  });

  it('has no review band when both thresholds are equal', () => {
    const equal = { review: 0.5, suspected: 0.5 };

    expect(decide({ kind: 'scored', probability: 0.4999 }, equal).decision).toBe('normal');
    expect(decide({ kind: 'scored', probability: 0.5 }, equal).decision).toBe('pneumonia-suspected');
  });

  it('reviews everything that is not suspected when the lower threshold is zero', () => {
    expect(decide({ kind: 'scored', probability: 0 }, { review: 0, suspected: 1 }).decision).toBe('review');
  });

  it.each(UNREADABLE_REASONS)('keeps %s as the reason of an unreadable image, without a probability', (reason) => {
    expect(decide({ kind: 'unreadable', reason }, thresholds)).toEqual({
      decision: 'unreadable',
      probability: null,
      reason,
    });
  });

  it.each(DOUBTS)('reviews an image that is %s whatever its probability, and keeps the probability', (doubt) => {
    for (const probability of [0, 0.45, 1])
      expect(decide({ kind: 'scored', probability, doubt }, thresholds)).toEqual({
        decision: 'review',
        probability,
        reason: doubt,
      });
    expect(() => decide({ kind: 'scored', probability: Number.NaN, doubt }, thresholds)).toThrow(RangeError);
  });

  it.each([Number.NaN, -0.001, 1.001, Number.POSITIVE_INFINITY])('refuses the probability %d', (probability) => {
    expect(() => scored(probability)).toThrow(new RangeError('probability must be between 0 and 1'));
  });

  it.each([
    [0.6, 0.3],
    [-0.1, 0.5],
    [0.5, 1.1],
    [Number.NaN, 0.5],
    [0.5, Number.NaN],
  ])('refuses the thresholds %d and %d, even for an unreadable image', (review, suspected) => {
    expect(() => decide({ kind: 'unreadable', reason: 'corrupt' }, { review, suspected })).toThrow(RangeError);
    expect(() => decide({ kind: 'scored', probability: 0.5 }, { review, suspected })).toThrow(RangeError);
  });
});

describe('decisions and reasons', () => {
  it('call a person at once for a suspected pneumonia only', () => {
    expect(DECISIONS.filter((decision) => isUrgent({ decision }))).toEqual(['pneumonia-suspected']);
  });

  it('are closed lists without doubles', () => {
    expect(new Set(REASONS).size).toBe(REASONS.length);
  });
});
