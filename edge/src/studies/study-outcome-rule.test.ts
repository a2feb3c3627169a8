import { describe, expect, it } from 'vitest';
import { studyOutcome, type ImageOutcome } from './study-outcome-rule.js';

const image = (decision: ImageOutcome['decision'], probability: number | null = null): ImageOutcome => ({
  decision,
  probability,
  reason: null,
  priority: 'routine',
});

describe('the outcome of a study', () => {
  it.each([
    ['pneumonia-suspected', 'review'],
    ['review', 'unreadable'],
    ['unreadable', 'normal'],
  ] as const)('is %s rather than %s', (more, less) => {
    expect(studyOutcome([image(less), image(more), image(less)]).decision).toBe(more);
  });

  it('is the more probable of two alike', () => {
    expect(studyOutcome([image('review', 0.4), image('review', 0.6), image('review', 0.5)]).probability).toBe(0.6);
  });

  it('has the most urgent priority of all, also of an image that is normal', () => {
    const normal: ImageOutcome = { ...image('normal', 0.1), priority: 'stat' };
    expect(studyOutcome([image('review', 0.4), normal])).toMatchObject({ decision: 'review', priority: 'stat' });
  });
});
