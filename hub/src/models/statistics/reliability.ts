import type { Labelled } from './auroc.js';
import type { Interval } from './interval.js';
import { wilsonInterval } from './wilson.js';

export const RELIABILITY_BINS = 10;

/** One point of the reliability curve. */
export interface ReliabilityBin {
  /** probabilities from here on */
  from: number;
  /** below here; the last bin includes 1 */
  to: number;
  count: number;
  meanProbability: number;
  /** share of positives */
  observed: Interval;
}

/**
 * The reliability curve: how often a probability came true. Equal bins of the probability, of which neighbours are joined
 * until each holds `least` scores, so that no point stands for a few patients.
 *
 * DeGroot, Fienberg, J. R. Stat. Soc. D 32 (1983) 12; intervals by Wilson.
 * @param labelled scores are probabilities 0..1
 * @returns ascending; one bin when there are fewer than 2 · `least`, none without a score
 * @throws RangeError when a score is no probability or the lengths differ
 */
export function reliabilityCurve(labelled: Labelled, least: number): ReliabilityBin[] {
  const joined: Bin[] = [];
  for (const bin of equalBins(labelled)) {
    const last = joined.at(-1);
    if (last !== undefined && last.count < least) joined.splice(-1, 1, join(last, bin));
    else joined.push(bin);
  }
  const [before, last] = joined.slice(-2);
  if (before !== undefined && last !== undefined && last.count < least) joined.splice(-2, 2, join(before, last));
  return joined
    .filter(({ count }) => count > 0)
    .map(({ from, to, count, sum, positives }) => ({
      from,
      to,
      count,
      meanProbability: sum / count,
      observed: wilsonInterval(positives, count),
    }));
}

/**
 * Expected calibration error: the distance between mean probability and share of positives, averaged over
 * RELIABILITY_BINS equal bins by their size. 0..1; 0 for a perfect calibration, and never quite 0 in a finite sample.
 *
 * Naeini, Cooper, Hauskrecht, AAAI 2015. The release's own `ece` weighs both classes equally, this one does not.
 * @throws RangeError without a score, or as reliabilityCurve
 */
export function expectedCalibrationError(labelled: Labelled): number {
  const total = labelled.scores.length;
  if (total === 0) throw new RangeError('there must be at least one score');
  return equalBins(labelled).reduce((sum, bin) => sum + Math.abs(bin.positives - bin.sum) / total, 0);
}

interface Bin {
  from: number;
  to: number;
  count: number;
  sum: number;
  positives: number;
}

function equalBins({ scores, isPositive }: Labelled): Bin[] {
  if (scores.length !== isPositive.length) throw new RangeError('there must be one label a score');
  const bins = Array.from({ length: RELIABILITY_BINS }, (_, index): Bin => {
    return { from: index / RELIABILITY_BINS, to: (index + 1) / RELIABILITY_BINS, count: 0, sum: 0, positives: 0 };
  });
  scores.forEach((score, index) => {
    if (!(score >= 0 && score <= 1)) throw new RangeError('scores must be probabilities from 0 to 1');
    const bin = bins[Math.min(Math.floor(score * RELIABILITY_BINS), RELIABILITY_BINS - 1)];
    if (bin === undefined) return;
    bin.count += 1;
    bin.sum += score;
    bin.positives += isPositive[index] === true ? 1 : 0;
  });
  return bins;
}

function join(a: Bin, b: Bin): Bin {
  return { from: a.from, to: b.to, count: a.count + b.count, sum: a.sum + b.sum, positives: a.positives + b.positives };
}
