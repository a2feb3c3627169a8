import type { Decision } from '../api-types';
import type { Estimate, ModelReport, ModelVolume, SiteJudgement } from './model-types';

/** Reports for tests: every number is there, and a test takes away what it is about. */

const few: Estimate = { value: null, low: null, high: null, reason: 'too-few-feedback' };
const estimate = (value: number): Estimate => ({ value, low: value - 0.05, high: value + 0.05, reason: null });
const each = <Value>(value: Value): Record<Decision, Value> => ({
  normal: value,
  review: value,
  'pneumonia-suspected': value,
  unreadable: value,
});
const part = { p50: 10, p95: 40 };

export function sampleJudgement(site: string | null, change: Partial<SiteJudgement> = {}): SiteJudgement {
  return {
    site,
    total: 400,
    byDecision: { normal: 250, review: 40, 'pneumonia-suspected': 100, unreadable: 10 },
    distribution: [200, 20, 20, 10, 10, 10, 10, 10, 20, 80],
    sampleSize: 400,
    drift: {
      probability: {
        level: 'shifting',
        reason: null,
        psi: 0.153,
        test: { statistic: 0.21, pValue: 0.0004, method: 'asymptotic' },
      },
      images: {
        level: 'stable',
        reason: null,
        tests: [
          { name: 'imageMean', statistic: 0.04, pValue: 0.5, adjustedPValue: 1, method: 'asymptotic' },
          { name: 'imageStd', statistic: 0.05, pValue: 0.6, adjustedPValue: 1, method: 'asymptotic' },
        ],
      },
    },
    latencyMs: {
      notify: part,
      queue: part,
      fetch: part,
      decode: part,
      predict: part,
      explain: { p50: null, p95: null },
      publish: part,
      total: { p50: 190, p95: 1_250 },
    },
    feedback: {
      basis: 'labelled-studies-only',
      studies: 60,
      labelled: 52,
      contradictory: 2,
      labelledShare: { normal: 0.1, review: null, 'pneumonia-suspected': 0.4 },
      agreement: estimate(0.9),
      agreementByDecision: { ...each(estimate(0.85)), unreadable: few },
      auroc: estimate(0.912),
      calibration: {
        reason: null,
        expectedError: 0.061,
        intercept: estimate(-0.2),
        slope: { value: null, low: null, high: null, reason: 'not-determined' },
        curve: [
          { from: 0, to: 0.3, count: 30, meanProbability: 0.08, observed: { value: 0.1, low: 0.03, high: 0.26 } },
          { from: 0.3, to: 1, count: 22, meanProbability: 0.82, observed: { value: 0.77, low: 0.57, high: 0.9 } },
        ],
      },
    },
    ...change,
  };
}

export const sampleModel = { name: 'cxr-triage', version: '1.0.0', digest: `sha256:${'ab'.repeat(32)}` };

export function sampleReport(change: Partial<ModelReport> = {}): ModelReport {
  return {
    model: sampleModel,
    from: '2026-05-01T12:00:00.000Z',
    to: '2026-05-08T12:00:00.000Z',
    thresholds: { review: 0.4, suspected: 0.8 },
    reference: { reason: null, counts: [250, 0, 0, 0, 0, 0, 0, 0, 0, 250], images: 500 },
    edges: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    all: sampleJudgement(null),
    sites: [sampleJudgement('riverside'), sampleJudgement('st-agnes')],
    ...change,
  };
}

export function sampleVolume(change: Partial<ModelVolume> = {}): ModelVolume {
  return {
    model: sampleModel,
    total: 400,
    byDecision: { normal: 250, review: 40, 'pneumonia-suspected': 100, unreadable: 10 },
    sites: [
      { site: 'riverside', total: 100 },
      { site: 'st-agnes', total: 300 },
    ],
    firstSeenAt: '2026-05-01T12:00:00.000Z',
    lastSeenAt: '2026-05-08T12:00:00.000Z',
    reference: 'quantiles',
    ...change,
  };
}
