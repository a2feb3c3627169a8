import type { Decision, ModelReference } from '@hilum/contracts';
import type { DecisionCounts } from '../ledger/summary-store.js';
import type { KnownRelease } from '../releases/known-release.js';
import type { Evidence, JudgedStudy, LatencyParts } from './model-store.js';
import { LEAST_FEEDBACK, LEAST_OF_A_CLASS } from './small-numbers.js';
import { auroc, type Labelled } from './statistics/auroc.js';
import { IMAGE_LEAST_RESULTS, imageShift, type ShiftLevel } from './statistics/image-shift.js';
import type { Interval } from './statistics/interval.js';
import { kolmogorovSmirnov, type KsTest } from './statistics/kolmogorov-smirnov.js';
import { PSI_LEAST_RESULTS, PSI_SHIFTED, PSI_SHIFTING, populationStabilityIndex } from './statistics/psi.js';
import { recalibration } from './statistics/recalibration.js';
import { referenceSample } from './statistics/reference-sample.js';
import { expectedCalibrationError, reliabilityCurve, type ReliabilityBin } from './statistics/reliability.js';
import { wilsonInterval } from './statistics/wilson.js';
import { truthOf } from './truth-label.js';

/** Why a number is not there. */
export const ABSENT_REASONS = [
  'no-release',
  'no-reference',
  'too-few-results',
  'too-few-feedback',
  'too-few-of-a-class',
  'not-determined',
] as const;
export type AbsentReason = (typeof ABSENT_REASONS)[number];

export const SHIFT_LEVELS = ['stable', 'shifting', 'shifted'] as const satisfies readonly ShiftLevel[];

/** A number from feedback with its 95 % interval; all three null, with the reason, when it is not shown. */
export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
  reason: AbsentReason | null;
}

export interface ProbabilityDrift {
  /** by the index; null when it is not there */
  level: ShiftLevel | null;
  reason: AbsentReason | null;
  psi: number | null;
  /** of the sample; null without quantiles in the release */
  test: KsTest | null;
}

export const IMAGE_STATISTICS = ['imageMean', 'imageStd'] as const;
export type ImageStatistic = (typeof IMAGE_STATISTICS)[number];

export interface ImageDrift {
  level: ShiftLevel | null;
  reason: AbsentReason | null;
  tests: (KsTest & { name: ImageStatistic; adjustedPValue: number })[];
}

/** What readers agree with, and how well the scores fit what they found. */
export interface FeedbackReport {
  /** what AUROC and calibration are of: only the studies that readers gave a finding on */
  basis: 'labelled-studies-only';
  /** studies with feedback, with a finding, and with one that contradicts its verdict */
  studies: number;
  labelled: number;
  contradictory: number;
  /** share of results by decision that have a finding: far apart, the numbers below are biased */
  labelledShare: Record<Exclude<Decision, 'unreadable'>, number | null>;
  agreement: Estimate;
  agreementByDecision: Record<Decision, Estimate>;
  auroc: Estimate;
  calibration: {
    reason: AbsentReason | null;
    expectedError: number | null;
    intercept: Estimate;
    slope: Estimate;
    curve: ReliabilityBin[];
  };
}

/** A model at one site, or at all together when `site` is null. */
export interface SiteJudgement {
  site: string | null;
  total: number;
  byDecision: DecisionCounts;
  /** counts of the probabilities, by the report's edges */
  distribution: number[];
  /** how many of the newest results the tests and latencies are of */
  sampleSize: number;
  drift: { probability: ProbabilityDrift; images: ImageDrift };
  latencyMs: LatencyParts;
  feedback: FeedbackReport;
}

export interface ModelReport {
  model: ModelReference;
  /** ISO 8601 UTC */
  from: string;
  to: string;
  /** null when the hub does not know the release */
  thresholds: { review: number; suspected: number } | null;
  reference: {
    /** why there is nothing, or not everything, to compare with */
    reason: AbsentReason | null;
    counts: number[] | null;
    images: number | null;
  };
  /** of the histograms, ascending from 0 to 1 */
  edges: number[];
  all: SiteJudgement;
  sites: SiteJudgement[];
}

const TEN_EQUAL_BINS: readonly number[] = Array.from({ length: 11 }, (_, index) => index / 10);

/** The histogram's edges: those of the release's reference, so that both can be compared, else ten equal bins. */
export function edgesFor(release: KnownRelease | null): readonly number[] {
  return release?.reference?.probabilityHistogram?.edges ?? TEN_EQUAL_BINS;
}

/** Judges what was read; see docs/models.md for what each number means. */
export function reportOn(options: {
  model: ModelReference;
  release: KnownRelease | null;
  from: Date;
  to: Date;
  evidence: { all: Evidence; sites: ReadonlyMap<string, Evidence> };
}): ModelReport {
  const { model, release, from, to, evidence } = options;
  const comparison = comparisonOf(release);
  return {
    model,
    from: from.toISOString(),
    to: to.toISOString(),
    thresholds: release?.thresholds ?? null,
    reference: {
      reason: comparison.counts === null || comparison.samples === null ? comparison.reason : null,
      counts: comparison.counts,
      images: comparison.images,
    },
    edges: [...edgesFor(release)],
    all: judge(null, evidence.all, comparison),
    sites: [...evidence.sites].map(([site, own]) => judge(site, own, comparison)),
  };
}

interface Comparison {
  reason: AbsentReason;
  counts: number[] | null;
  images: number | null;
  samples: { probability: number[]; imageMean: number[]; imageStd: number[] } | null;
}

function comparisonOf(release: KnownRelease | null): Comparison {
  const { probabilityHistogram: histogram = null, quantiles = null, images = null } = release?.reference ?? {};
  return {
    reason: release === null ? 'no-release' : 'no-reference',
    counts: histogram?.counts ?? null,
    images: images ?? histogram?.counts.reduce((sum, count) => sum + count, 0) ?? null,
    samples:
      quantiles === null || images === null
        ? null
        : {
            probability: referenceSample(quantiles.probability, images),
            imageMean: referenceSample(quantiles.imageMean, images),
            imageStd: referenceSample(quantiles.imageStd, images),
          },
  };
}

function judge(site: string | null, evidence: Evidence, comparison: Comparison): SiteJudgement {
  const { byDecision, histogram, sampleSize, latencyMs } = evidence;
  return {
    site,
    total: sumOf(Object.values(byDecision)),
    byDecision,
    distribution: histogram,
    sampleSize,
    drift: { probability: probabilityDrift(evidence, comparison), images: imageDrift(evidence, comparison) },
    latencyMs,
    feedback: feedbackReport(evidence),
  };
}

function probabilityDrift({ histogram, probabilities }: Evidence, comparison: Comparison): ProbabilityDrift {
  const { counts, samples, reason } = comparison;
  const scored = sumOf(histogram);
  const test =
    samples === null || probabilities.length === 0 ? null : kolmogorovSmirnov(probabilities, samples.probability);
  if (counts === null) return { level: null, reason, psi: null, test };
  if (scored < PSI_LEAST_RESULTS) return { level: null, reason: 'too-few-results', psi: null, test };
  const psi = populationStabilityIndex(counts, histogram);
  const level = psi >= PSI_SHIFTED ? 'shifted' : psi >= PSI_SHIFTING ? 'shifting' : 'stable';
  return { level, reason: null, psi, test };
}

function imageDrift({ imageMeans, imageStds }: Evidence, { samples, reason }: Comparison): ImageDrift {
  if (samples === null) return { level: null, reason, tests: [] };
  if (Math.min(imageMeans.length, imageStds.length) < IMAGE_LEAST_RESULTS)
    return { level: null, reason: 'too-few-results', tests: [] };
  const shift = imageShift<ImageStatistic>({
    imageMean: { live: imageMeans, reference: samples.imageMean },
    imageStd: { live: imageStds, reference: samples.imageStd },
  });
  return { ...shift, reason: null };
}

function feedbackReport({ feedback, byDecision }: Evidence): FeedbackReport {
  const labelled: Labelled & { scores: number[]; isPositive: boolean[] } = { scores: [], isPositive: [] };
  const labelledOf: Partial<Record<Decision, number>> = {};
  let contradictory = 0;
  for (const study of feedback) {
    const truth = truthOf(study);
    if (truth === 'contradictory') contradictory += 1;
    // an unreadable study has no score that could be right or wrong
    if (truth === 'unknown' || truth === 'contradictory' || study.probability === null) continue;
    labelled.scores.push(study.probability);
    labelled.isPositive.push(truth === 'pneumonia');
    labelledOf[study.decision] = (labelledOf[study.decision] ?? 0) + 1;
  }
  const share = (decision: Decision): number | null => {
    const [count, results] = [labelledOf[decision] ?? 0, byDecision[decision]];
    return count < LEAST_FEEDBACK || results === 0 ? null : Math.min(1, count / results);
  };
  return {
    basis: 'labelled-studies-only',
    studies: feedback.length,
    labelled: labelled.scores.length,
    contradictory,
    labelledShare: {
      normal: share('normal'),
      review: share('review'),
      'pneumonia-suspected': share('pneumonia-suspected'),
    },
    agreement: agreementOf(feedback),
    agreementByDecision: {
      normal: agreementOf(feedback.filter(({ decision }) => decision === 'normal')),
      review: agreementOf(feedback.filter(({ decision }) => decision === 'review')),
      'pneumonia-suspected': agreementOf(feedback.filter(({ decision }) => decision === 'pneumonia-suspected')),
      unreadable: agreementOf(feedback.filter(({ decision }) => decision === 'unreadable')),
    },
    ...scoresAgainst(labelled),
  };
}

function agreementOf(studies: readonly JudgedStudy[]): Estimate {
  if (studies.length < LEAST_FEEDBACK) return absent('too-few-feedback');
  return shown(wilsonInterval(studies.filter(({ verdict }) => verdict === 'agree').length, studies.length));
}

function scoresAgainst(labelled: Labelled): Pick<FeedbackReport, 'auroc' | 'calibration'> {
  const total = labelled.scores.length;
  if (total < LEAST_FEEDBACK) {
    const few = absent('too-few-feedback');
    return {
      auroc: few,
      calibration: { reason: 'too-few-feedback', expectedError: null, intercept: few, slope: few, curve: [] },
    };
  }
  const positives = labelled.isPositive.filter(Boolean).length;
  const hasBoth = Math.min(positives, total - positives) >= LEAST_OF_A_CLASS;
  const { intercept, slope } = recalibration(labelled);
  const estimate = (interval: Interval | null): Estimate => {
    if (!hasBoth) return absent('too-few-of-a-class');
    return interval === null ? absent('not-determined') : shown(interval);
  };
  return {
    auroc: hasBoth ? shown(auroc(labelled)) : absent('too-few-of-a-class'),
    calibration: {
      reason: null,
      expectedError: expectedCalibrationError(labelled),
      intercept: estimate(intercept),
      slope: estimate(slope),
      curve: reliabilityCurve(labelled, LEAST_FEEDBACK),
    },
  };
}

function shown({ value, low, high }: Interval): Estimate {
  return { value, low, high, reason: null };
}

function absent(reason: AbsentReason): Estimate {
  return { value: null, low: null, high: null, reason };
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
