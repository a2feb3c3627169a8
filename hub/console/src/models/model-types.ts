import type { Decision, ModelReference, Role } from '../api-types';

/** The hub's answers about models, as /openapi.json describes them. */

/** Who may read them; the hub decides, this only hides what it would refuse. */
export const MODEL_ROLES: readonly Role[] = ['data-science', 'compliance'];

export type ShiftLevel = 'stable' | 'shifting' | 'shifted';
export type AbsentReason =
  'no-release' | 'no-reference' | 'too-few-results' | 'too-few-feedback' | 'too-few-of-a-class' | 'not-determined';

export interface ModelVolume {
  model: ModelReference;
  total: number;
  byDecision: Record<Decision, number>;
  sites: { site: string; total: number }[];
  firstSeenAt: string;
  lastSeenAt: string;
  reference: 'quantiles' | 'histogram' | 'none';
}

export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
  reason: AbsentReason | null;
}

export interface KsTest {
  statistic: number;
  pValue: number;
  method: 'exact' | 'asymptotic';
}

export interface ReliabilityBin {
  from: number;
  to: number;
  count: number;
  meanProbability: number;
  observed: { value: number; low: number; high: number };
}

export const LATENCY_PARTS = ['notify', 'queue', 'fetch', 'decode', 'predict', 'explain', 'publish', 'total'] as const;
export type LatencyPart = (typeof LATENCY_PARTS)[number];

export interface Feedback {
  studies: number;
  labelled: number;
  contradictory: number;
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

export interface SiteJudgement {
  site: string | null;
  total: number;
  byDecision: Record<Decision, number>;
  distribution: number[];
  sampleSize: number;
  drift: {
    probability: { level: ShiftLevel | null; reason: AbsentReason | null; psi: number | null; test: KsTest | null };
    images: {
      level: ShiftLevel | null;
      reason: AbsentReason | null;
      tests: (KsTest & { name: 'imageMean' | 'imageStd'; adjustedPValue: number })[];
    };
  };
  latencyMs: Record<LatencyPart, { p50: number | null; p95: number | null }>;
  feedback: Feedback;
}

export interface ModelReport {
  model: ModelReference;
  from: string;
  to: string;
  thresholds: { review: number; suspected: number } | null;
  reference: { reason: AbsentReason | null; counts: number[] | null; images: number | null };
  edges: number[];
  all: SiteJudgement;
  sites: SiteJudgement[];
}
