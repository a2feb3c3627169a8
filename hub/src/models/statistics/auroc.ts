import { Z_95, type Interval } from './interval.js';

/** Scores with the truth about each, in the same order. */
export interface Labelled {
  scores: readonly number[];
  isPositive: readonly boolean[];
}

export interface Auroc extends Interval {
  positives: number;
  negatives: number;
  /** of the value; 0 when the classes do not overlap */
  variance: number;
  method: 'delong' | 'newcombe';
}

/**
 * Area under the receiver operating characteristic: the chance that a positive scores above a negative, ties counting
 * half (Mann–Whitney). The interval is DeLong's, taken on the logit so that it stays within 0..1. Where the classes do not
 * overlap DeLong's variance is 0, as if nothing were left to doubt; there it is Newcombe's.
 *
 * DeLong, DeLong, Clarke-Pearson, Biometrics 44 (1988) 837, by ranks as in Sun, Xu, IEEE Signal Process. Lett. 21 (2014)
 * 1389; logit as in Pepe, The Statistical Evaluation of Medical Tests (2003) 107; Newcombe, Stat. Med. 25 (2006) 559,
 * method 5.
 * @throws RangeError with fewer than two of a class, when the lengths differ, or for a score that is not a number
 */
export function auroc({ scores, isPositive }: Labelled): Auroc {
  if (scores.length !== isPositive.length) throw new RangeError('there must be one label a score');
  if (scores.some((score) => Number.isNaN(score))) throw new RangeError('scores must be numbers');
  const positive = scores.filter((_, index) => isPositive[index] === true);
  const negative = scores.filter((_, index) => isPositive[index] !== true);
  const [m, n] = [positive.length, negative.length];
  if (m < 2 || n < 2) throw new RangeError('each class must have at least two scores');
  const all = midranks([...positive, ...negative]);
  const amongPositive = midranks(positive);
  const amongNegative = midranks(negative);
  // share of the other class that each one is ranked above (positives) or below (negatives)
  const wins = amongPositive.map((rank, index) => ((all[index] ?? 0) - rank) / n);
  const losses = amongNegative.map((rank, index) => 1 - ((all[m + index] ?? 0) - rank) / m);
  const value = mean(wins);
  const variance = sampleVariance(wins) / m + sampleVariance(losses) / n;
  const shared = { value, variance, positives: m, negatives: n };
  if (variance === 0) return { ...shared, ...newcombeInterval(value, m, n), method: 'newcombe' };
  const centre = Math.log(value / (1 - value));
  const half = (Z_95 * Math.sqrt(variance)) / (value * (1 - value));
  return { ...shared, low: logistic(centre - half), high: logistic(centre + half), method: 'delong' };
}

/** Where (θ − value)² = z² V(θ), V being Hanley and McNeil's variance with both group sizes set to their mean. */
function newcombeInterval(value: number, m: number, n: number): { low: number; high: number } {
  const more = (m + n) / 2 - 1;
  const excess = (theta: number): number =>
    (theta - value) ** 2 -
    (Z_95 ** 2 * theta * (1 - theta) * (1 + (more * (1 - theta)) / (2 - theta) + (more * theta) / (1 + theta))) /
      (m * n);
  // the excess is positive at the far end and negative beside the value
  const bisect = (far: number, near: number): number => {
    let [outside, inside] = [far, near];
    for (let step = 0; step < 60; step += 1) {
      const middle = (outside + inside) / 2;
      if (excess(middle) > 0) outside = middle;
      else inside = middle;
    }
    return (outside + inside) / 2;
  };
  return { low: value === 0 ? 0 : bisect(0, value), high: value === 1 ? 1 : bisect(1, value) };
}

/** Ranks from 1; equal values share the mean of theirs. */
function midranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end += 1;
    for (let place = start; place < end; place += 1) ranks[order[place] ?? 0] = (start + end + 1) / 2;
    start = end;
  }
  return ranks;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function sampleVariance(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
