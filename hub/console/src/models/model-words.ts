import { formatCount } from '../format';
import type { AbsentReason, Estimate, LatencyPart } from './model-types';

/** Why a number is not there, for the person who looks for it. */
export const ABSENT_TEXT: Record<AbsentReason, string> = {
  'no-release': 'No reference: the hub does not know this release',
  'no-reference': 'No reference in this release',
  'too-few-results': 'Too few results yet',
  'too-few-feedback': 'Fewer than 10 studies with feedback',
  'too-few-of-a-class': 'Fewer than 5 studies with or without pneumonia',
  'not-determined': 'Not determined by these studies',
};

export const LATENCY_TEXT: Record<LatencyPart, string> = {
  notify: 'Notify',
  queue: 'Queue',
  fetch: 'Fetch',
  decode: 'Decode',
  predict: 'Predict',
  explain: 'Explain',
  publish: 'Publish',
  total: 'Upload to scored',
};

/** Such as `84.2 %`. */
export function formatShare(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1)} %`;
}

/** Such as `0.912`, `< 0.001`; for p-values and other numbers without a unit. */
export function formatNumber(value: number | null, digits = 3): string {
  return value === null ? '–' : value.toFixed(digits);
}

export function formatPValue(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** Value and 95 % interval, or why there is none. */
export function formatEstimate(estimate: Estimate, format: (value: number | null) => string): string {
  const { value, low, high, reason } = estimate;
  if (value === null) return reason === null ? '–' : ABSENT_TEXT[reason];
  return `${format(value)} (${format(low)} to ${format(high)})`;
}

export function binName(from: number, to: number): string {
  return `${Math.round(from * 100)}–${Math.round(to * 100)} %`;
}

export function images(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'image' : 'images'}`;
}
