import type { components } from '../api-schema';
import type { Role } from '../api-types';

/** The hub's answers about models by the names that these pages use; what they hold is generated from /openapi.json. */

/** Who may read them; the hub decides, this only hides what it would refuse. */
export const MODEL_ROLES: readonly Role[] = ['data-science', 'compliance'];

export type ModelVolume = components['schemas']['ModelVolume'];
export type ModelReport = components['schemas']['ModelReport'];
export type SiteJudgement = components['schemas']['SiteJudgement'];
export type Estimate = components['schemas']['Estimate'];

export type AbsentReason = NonNullable<Estimate['reason']>;
export type ShiftLevel = NonNullable<SiteJudgement['drift']['probability']['level']>;
export type Feedback = SiteJudgement['feedback'];
export type ReliabilityBin = Feedback['calibration']['curve'][number];
export type LatencyPart = keyof SiteJudgement['latencyMs'];

export const LATENCY_PARTS = [
  'notify',
  'queue',
  'fetch',
  'decode',
  'predict',
  'explain',
  'publish',
  'total',
] as const satisfies readonly LatencyPart[];
