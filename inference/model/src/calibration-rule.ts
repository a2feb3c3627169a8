import type { Release } from './release.js';

type Calibration = Pick<Release, 'labels' | 'positiveLabel' | 'calibration'>;

/** (z + b) / T a label, where b is the release's bias at the positive label and 0 elsewhere. */
function calibrated(logits: ArrayLike<number>, { labels, positiveLabel, calibration }: Calibration): number[] {
  const { temperature, bias } = calibration;
  return labels.map(
    (label, index) => ((logits[index] ?? Number.NaN) + (label === positiveLabel ? bias : 0)) / temperature,
  );
}

/** log Σ exp(x), less the largest, so that no exponential overflows. */
function logSumExp(values: readonly number[]): number {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}

/**
 * Calibrated probabilities of one row of logits, one a label: softmax((z + b) / T) (temperature scaling, Guo et al.
 * 2017, with a prior shift).
 */
export function probabilitiesOf(logits: ArrayLike<number>, release: Calibration): number[] {
  const scaled = calibrated(logits, release);
  const total = logSumExp(scaled);
  return scaled.map((value) => Math.exp(value - total));
}

/** log(p / (1 − p)) of the positive label's calibrated probability p; does not saturate where p rounds to 1. */
export function logOddsOf(logits: ArrayLike<number>, release: Calibration): number {
  const scaled = calibrated(logits, release);
  const positive = release.labels.indexOf(release.positiveLabel);
  const others = scaled.filter((_value, index) => index !== positive);
  return (scaled[positive] ?? Number.NaN) - logSumExp(others);
}
