import type { ComplianceState, Policy } from '@hilum/contracts';

export {
  COMPLIANCE_STATES,
  REMEDIATIONS,
  SEVERITIES,
  type ComplianceState,
  type Policy,
  type Remediation,
  type Severity,
} from '@hilum/contracts';

export const FLEET_SOURCES = ['local', 'ocm'] as const;
/** `local`: the supervisor of one machine; `ocm`: Open Cluster Management and Argo CD. */
export type FleetSource = (typeof FLEET_SOURCES)[number];

/** A policy as the hub keeps it. */
export interface KnownPolicy extends Policy {
  source: FleetSource;
  /** ISO 8601 UTC */
  firstSeenAt: string;
  /** when its source no longer had it; null while it has */
  removedAt: string | null;
}

/** How one policy stands at one cluster now. */
export interface PolicyState {
  policy: string;
  /** the cluster, named as its site; the hub's own cluster is one as well */
  site: string;
  state: ComplianceState;
  /** for a person; holds no patient data */
  message: string;
  /** ISO 8601 UTC */
  since: string;
  /** when the source last reported it */
  observedAt: string;
}

/** One event in the history of a policy at a cluster. */
export interface PolicyTransition {
  /** order of recording */
  id: string;
  policy: string;
  site: string;
  /** the part of the policy that the event was of; null: the policy as a whole */
  template: string | null;
  /** null: it did not apply there before. Equal to `to` when only the message changed. */
  from: ComplianceState | null;
  /** null: it no longer applies there */
  to: ComplianceState | null;
  message: string;
  /** when it happened, by the source's clock; ISO 8601 UTC */
  at: string;
  /** when the hub recorded it */
  recordedAt: string;
}

/** One event of a policy's history as its source keeps it. */
export interface PolicyEvent {
  /** what it is known again by within its policy and cluster */
  id: string;
  template: string;
  state: ComplianceState;
  message: string;
  /** ISO 8601 */
  at: string;
}

/** What a source says of one policy at one cluster. */
export interface PolicyReport {
  policy: string;
  site: string;
  state: ComplianceState;
  message: string;
  /** since when, as far as the source knows; ISO 8601 */
  since: string | null;
  /** the state of each part of the policy, where it has parts */
  templates: Record<string, ComplianceState>;
  /** what the source still has of its history, in any order; may have been told before */
  events: PolicyEvent[];
}

/** The state of a policy from the states of its parts: the worst, but unknown only when none is worse. */
export function overallState(parts: Iterable<ComplianceState>): ComplianceState {
  const states = new Set(parts);
  return (
    (['non-compliant', 'pending', 'unknown', 'compliant'] as const).find((state) => states.has(state)) ?? 'unknown'
  );
}
