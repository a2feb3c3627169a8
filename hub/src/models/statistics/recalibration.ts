import type { Labelled } from './auroc.js';
import { Z_95, type Interval } from './interval.js';

/** Probabilities nearer to 0 or 1 are taken for this far from them: their logit would be infinite. */
export const LEAST_PROBABILITY = 1e-6;

const MAX_STEPS = 50;
const TOLERANCE = 1e-10;

/**
 * How probabilities would have to be recalibrated to fit what came true, on the logit scale:
 * - `intercept`, calibration in the large: a of logit P = a + logit p. 0 when as many came true as expected, below 0 when
 *   probabilities are too high on average.
 * - `slope`: b of logit P = a + b logit p. 1 when right, below 1 when probabilities are too extreme.
 *
 * Cox, Biometrika 45 (1958) 562; Van Calster et al., BMC Med. 17 (2019) 230. Maximum likelihood by Newton's method,
 * intervals from the observed information (Wald).
 * @param labelled scores are probabilities 0..1
 * @returns null for each that the data do not determine: only one class, the same probability for all, or (the slope)
 *   classes that do not overlap
 * @throws RangeError when a score is no probability or the lengths differ
 */
export function recalibration({ scores, isPositive }: Labelled): {
  intercept: Interval | null;
  slope: Interval | null;
} {
  if (scores.length !== isPositive.length) throw new RangeError('there must be one label a score');
  const logits = scores.map((score) => {
    if (!(score >= 0 && score <= 1)) throw new RangeError('scores must be probabilities from 0 to 1');
    const p = Math.min(Math.max(score, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY);
    return Math.log(p / (1 - p));
  });
  const labels = isPositive.map(Number);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  if (positives === 0 || positives === labels.length) return { intercept: null, slope: null };
  return { intercept: intercept(logits, labels), slope: doOverlap(logits, labels) ? slope(logits, labels) : null };
}

function intercept(logits: readonly number[], labels: readonly number[]): Interval | null {
  let a = 0;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    let [gradient, information] = [0, 0];
    logits.forEach((x, index) => {
      const p = logistic(a + x);
      gradient += (labels[index] ?? 0) - p;
      information += p * (1 - p);
    });
    if (information === 0) return null;
    // far from the answer the curve is flat and a full step would leap over it
    const move = clamp(gradient / information);
    a += move;
    if (Math.abs(move) < TOLERANCE) return around(a, 1 / information);
  }
  return null;
}

function slope(logits: readonly number[], labels: readonly number[]): Interval | null {
  let [a, b] = [0, 1];
  for (let step = 0; step < MAX_STEPS; step += 1) {
    let [ga, gb, iaa, iab, ibb] = [0, 0, 0, 0, 0];
    logits.forEach((x, index) => {
      const p = logistic(a + b * x);
      const weight = p * (1 - p);
      ga += (labels[index] ?? 0) - p;
      gb += ((labels[index] ?? 0) - p) * x;
      iaa += weight;
      iab += weight * x;
      ibb += weight * x * x;
    });
    const determinant = iaa * ibb - iab * iab;
    if (!(determinant > Number.EPSILON * iaa * ibb)) return null;
    const moveA = clamp((ibb * ga - iab * gb) / determinant);
    const moveB = clamp((iaa * gb - iab * ga) / determinant);
    a += moveA;
    b += moveB;
    if (Math.abs(moveA) + Math.abs(moveB) < TOLERANCE) return around(b, iaa / determinant);
  }
  return null;
}

/** Otherwise the likelihood has no maximum: it grows for ever as the slope does. */
function doOverlap(logits: readonly number[], labels: readonly number[]): boolean {
  const extremes = [0, 1].map((label) =>
    logits.reduce(
      ({ least, greatest }, x, index) =>
        labels[index] === label ? { least: Math.min(least, x), greatest: Math.max(greatest, x) } : { least, greatest },
      { least: Infinity, greatest: -Infinity },
    ),
  );
  const [negative, positive] = extremes;
  if (negative === undefined || positive === undefined) return false;
  return negative.greatest > positive.least && positive.greatest > negative.least;
}

function around(value: number, variance: number): Interval {
  const half = Z_95 * Math.sqrt(variance);
  return { value, low: value - half, high: value + half };
}

function clamp(move: number): number {
  return Math.min(Math.max(move, -3), 3);
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
