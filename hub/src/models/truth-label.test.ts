import { describe, expect, it } from 'vitest';
import { truthOf, type ReaderWord, type Truth } from './truth-label.js';

type Case = [ReaderWord['decision'], ReaderWord['verdict'], ReaderWord['label'], ReaderWord['reasonCode'], Truth];

describe('the truth that feedback stands for', () => {
  it.each<Case>([
    ['pneumonia-suspected', 'agree', 'pneumonia', null, 'pneumonia'],
    ['pneumonia-suspected', 'disagree', 'normal', 'overcalled', 'no-pneumonia'],
    ['pneumonia-suspected', 'disagree', 'other-finding', null, 'no-pneumonia'],
    ['normal', 'disagree', 'pneumonia', 'missed', 'pneumonia'],
    ['normal', 'disagree', 'other-finding', 'missed', 'no-pneumonia'],
    ['normal', 'agree', 'other-finding', null, 'no-pneumonia'],
    ['review', 'agree', 'pneumonia', null, 'pneumonia'],
    ['review', 'disagree', 'normal', null, 'no-pneumonia'],
    ['unreadable', 'disagree', 'pneumonia', null, 'pneumonia'],
    ['pneumonia-suspected', 'disagree', 'not-assessable', 'image-quality', 'unknown'],
  ])('is the label’s: %s, %s, %s, %s', (decision, verdict, label, reasonCode, truth) => {
    expect(truthOf({ decision, verdict, label, reasonCode })).toBe(truth);
  });

  it.each<Case>([
    ['pneumonia-suspected', 'agree', null, null, 'pneumonia'],
    ['normal', 'agree', null, null, 'no-pneumonia'],
    ['pneumonia-suspected', 'disagree', null, null, 'no-pneumonia'],
    ['pneumonia-suspected', 'disagree', null, 'overcalled', 'no-pneumonia'],
    ['normal', 'disagree', null, 'missed', 'pneumonia'],
    ['review', 'disagree', null, 'missed', 'pneumonia'],
    ['review', 'disagree', null, 'overcalled', 'no-pneumonia'],
  ])('is the verdict’s where it leaves one meaning: %s, %s, %s, %s', (decision, verdict, label, reasonCode, truth) => {
    expect(truthOf({ decision, verdict, label, reasonCode })).toBe(truth);
  });

  it.each<Case>([
    ['review', 'agree', null, null, 'unknown'],
    ['review', 'disagree', null, null, 'unknown'],
    ['normal', 'disagree', null, null, 'unknown'],
    ['normal', 'disagree', null, 'other', 'unknown'],
    ['pneumonia-suspected', 'disagree', null, 'image-quality', 'unknown'],
    ['unreadable', 'agree', null, null, 'unknown'],
    ['unreadable', 'disagree', null, 'missed', 'unknown'],
  ])('is unknown where it could mean several things: %s, %s, %s, %s', (decision, verdict, label, reasonCode, truth) => {
    expect(truthOf({ decision, verdict, label, reasonCode })).toBe(truth);
  });

  it.each<Case>([
    ['pneumonia-suspected', 'agree', 'normal', null, 'contradictory'],
    ['pneumonia-suspected', 'disagree', 'pneumonia', null, 'contradictory'],
    ['normal', 'agree', 'pneumonia', null, 'contradictory'],
    ['normal', 'disagree', 'normal', null, 'contradictory'],
    ['pneumonia-suspected', 'disagree', null, 'missed', 'contradictory'],
    ['normal', 'disagree', null, 'overcalled', 'contradictory'],
  ])(
    'is not guessed where the reader contradicts himself: %s, %s, %s, %s',
    (decision, verdict, label, reasonCode, truth) => {
      expect(truthOf({ decision, verdict, label, reasonCode })).toBe(truth);
    },
  );
});
