import type { Decision, FeedbackRecorded } from '@hilum/contracts';

/**
 * What a reader's feedback says about the study itself: whether there is pneumonia. `unknown`: it does not say;
 * `contradictory`: verdict and label exclude each other, so that one of them was given by mistake.
 */
export type Truth = 'pneumonia' | 'no-pneumonia' | 'unknown' | 'contradictory';

export interface ReaderWord extends Pick<FeedbackRecorded, 'verdict' | 'label' | 'reasonCode'> {
  /** the outcome of the study that the reader saw */
  decision: Decision;
}

/**
 * The truth that a reader's word stands for, never the model's own score.
 * - A label is the reader's own finding and counts: `normal` and `other-finding` are no pneumonia; `not-assessable` says
 *   nothing.
 * - Without one, the verdict counts where it leaves one meaning: agreement with `normal` or `pneumonia-suspected`,
 *   disagreement with `pneumonia-suspected`, and a disagreement whose reason is `missed` or `overcalled`. To agree with
 *   `review` is to agree that it is uncertain; to disagree with `normal` without a reason may be for another finding.
 */
export function truthOf(word: ReaderWord): Truth {
  return word.label === null ? truthOfVerdict(word) : truthOfLabel(word.label, word);
}

function truthOfLabel(label: NonNullable<ReaderWord['label']>, { decision, verdict }: ReaderWord): Truth {
  if (label === 'not-assessable') return 'unknown';
  const isPneumonia = label === 'pneumonia';
  const isAgreed = verdict === 'agree';
  if (decision === 'pneumonia-suspected' && isAgreed !== isPneumonia) return 'contradictory';
  if (decision === 'normal' && isAgreed && isPneumonia) return 'contradictory';
  if (decision === 'normal' && !isAgreed && label === 'normal') return 'contradictory';
  return isPneumonia ? 'pneumonia' : 'no-pneumonia';
}

function truthOfVerdict({ decision, verdict, reasonCode }: ReaderWord): Truth {
  if (decision === 'unreadable') return 'unknown';
  if (verdict === 'agree') {
    if (decision === 'review') return 'unknown';
    return decision === 'normal' ? 'no-pneumonia' : 'pneumonia';
  }
  switch (reasonCode) {
    case 'missed':
      return decision === 'pneumonia-suspected' ? 'contradictory' : 'pneumonia';
    case 'overcalled':
      return decision === 'normal' ? 'contradictory' : 'no-pneumonia';
    case 'image-quality':
    case 'other':
      return 'unknown';
    case null:
      return decision === 'pneumonia-suspected' ? 'no-pneumonia' : 'unknown';
  }
}
