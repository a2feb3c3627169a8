import type { Release } from './release.js';

/**
 * Calibrated probabilities of one row of logits, one a label: softmax((z + b) / T), where b is the release's bias at the
 * positive label and 0 elsewhere (temperature scaling, Guo et al. 2017, with a prior shift).
 */
export function probabilitiesOf(
  logits: ArrayLike<number>,
  release: Pick<Release, 'labels' | 'positiveLabel' | 'calibration'>,
): number[] {
  const { temperature, bias } = release.calibration;
  const scaled = release.labels.map(
    (label, index) => ((logits[index] ?? Number.NaN) + (label === release.positiveLabel ? bias : 0)) / temperature,
  );
  const top = Math.max(...scaled);
  // less the largest, so that no exponential overflows
  const exponentials = scaled.map((value) => Math.exp(value - top));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}
