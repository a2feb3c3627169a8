import type { Decision } from '../api-types';

/**
 * Chosen to differ in lightness as well as in hue, so that they can be told apart without seeing red or green and in print;
 * PatternFly's tokens, which follow the dark scheme.
 */
export const LIVE_COLOUR = 'var(--pf-t--chart--color--blue--300, #004d99)';
export const REFERENCE_COLOUR = 'var(--pf-t--chart--color--orange--200, #f5921b)';
export const LINE_COLOUR = 'var(--pf-t--global--text--color--subtle, #4d4d4d)';

export const DECISION_COLOUR: Record<Decision, string> = {
  normal: 'var(--pf-t--chart--color--blue--100, #92c5f9)',
  review: 'var(--pf-t--chart--color--yellow--300, #dca614)',
  'pneumonia-suspected': 'var(--pf-t--chart--color--purple--500, #21134d)',
  unreadable: 'var(--pf-t--chart--color--black--300, #c7c7c7)',
};
