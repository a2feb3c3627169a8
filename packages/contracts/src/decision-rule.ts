import { z } from 'zod';

export const DECISIONS = ['normal', 'review', 'pneumonia-suspected', 'unreadable'] as const;
export const decision = z.enum(DECISIONS);
export type Decision = z.infer<typeof decision>;

/** Why an image could not be scored at all. Closed, because it leaves the site and labels metrics. */
export const UNREADABLE_REASONS = [
  'empty',
  'too-large',
  'too-many-pixels',
  'unsupported-format',
  'corrupt',
  'decode-timeout',
  'too-small',
  'no-contrast',
  // surely a picture of something else: a probability of pneumonia would mean nothing, so there is none
  'not-chest',
  // nothing is known to be wrong with the file, but it cannot be had, or every try to score it failed: see give-up.ts
  'scoring-failed',
] as const;
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number];

/** What the gate doubts in an image: it is scored, but no score of such an image decides anything. */
export const DOUBTS = ['rotated', 'over-exposed', 'under-exposed'] as const;
export type Doubt = (typeof DOUBTS)[number];

/** Why a scored image still needs a person before anybody relies on the score. */
export const REVIEW_REASONS = ['uncertain', ...DOUBTS] as const;
export type ReviewReason = (typeof REVIEW_REASONS)[number];

export const REASONS = [...UNREADABLE_REASONS, ...REVIEW_REASONS] as const;
export const reason = z.enum(REASONS);
export type Reason = z.infer<typeof reason>;

/** Calibrated probabilities between 0 and 1, `review <= suspected`. */
export interface DecisionThresholds {
  /** below it: normal */
  review: number;
  /** from it on: pneumonia-suspected; between the two: review */
  suspected: number;
}

export type Finding =
  | { kind: 'unreadable'; reason: UnreadableReason }
  /** `doubt` only where the gate has one */
  | { kind: 'scored'; probability: number; doubt?: Doubt };

export interface DecisionOutcome {
  decision: Decision;
  probability: number | null;
  reason: Reason | null;
}

/**
 * The only place where a probability becomes a decision. A doubt goes before the probability, whichever it is: neither
 * `normal` nor `pneumonia-suspected` may rest on an image that the network was not made for. The probability is kept, so
 * that what waits for review can still be put in order.
 * @throws RangeError when a number is outside 0..1 or the thresholds are swapped: such a release must not score.
 */
export function decide(finding: Finding, thresholds: DecisionThresholds): DecisionOutcome {
  const { review, suspected } = thresholds;
  if (!(review >= 0 && review <= suspected && suspected <= 1))
    throw new RangeError('thresholds must satisfy 0 <= review <= suspected <= 1');
  if (finding.kind === 'unreadable') return { decision: 'unreadable', probability: null, reason: finding.reason };
  const { probability, doubt } = finding;
  if (!(probability >= 0 && probability <= 1)) throw new RangeError('probability must be between 0 and 1');
  if (doubt !== undefined) return { decision: 'review', probability, reason: doubt };
  if (probability >= suspected) return { decision: 'pneumonia-suspected', probability, reason: null };
  if (probability >= review) return { decision: 'review', probability, reason: 'uncertain' };
  return { decision: 'normal', probability, reason: null };
}

/** Findings that staff are told of at once instead of finding them in the list. */
export function isUrgent(outcome: Pick<DecisionOutcome, 'decision'>): boolean {
  return outcome.decision === 'pneumonia-suspected';
}
