import type { KnownPolicy } from '../compliance/compliance-state.js';
import type { PastState } from '../compliance/transition-store.js';
import type { EvidencePeriod } from './evidence-period.js';
import type { HubCheckResult } from './hub-checks.js';

type Outcome = 'pass' | 'fail' | 'warn' | 'error' | 'skip';

interface ReportResult {
  source?: string;
  policy: string;
  category?: string;
  severity?: 'low' | 'medium' | 'high' | 'critical';
  /** metav1.Timestamp */
  timestamp: { seconds: number; nanos: number };
  result: Outcome;
  scored: boolean;
  message: string;
  properties: Record<string, string>;
}

/** `ClusterReport` of openreports.io/v1alpha1: one for each cluster. */
export interface ClusterReport {
  apiVersion: 'openreports.io/v1alpha1';
  kind: 'ClusterReport';
  metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> };
  source: string;
  scope: { apiVersion: string; kind: string; name: string };
  summary: Record<Outcome, number>;
  results: ReportResult[];
}

export interface ClusterReportList {
  apiVersion: 'openreports.io/v1alpha1';
  kind: 'ClusterReportList';
  metadata: Record<string, never>;
  items: ClusterReport[];
}

/** What could not be evaluated is an error there, and never a pass. */
const OUTCOMES = { compliant: 'pass', 'non-compliant': 'fail', pending: 'error', unknown: 'error' } as const;

/** How every policy stood at the end of the period, by cluster, and what the hub checked of itself. */
export function openReportsOf(
  period: EvidencePeriod,
  policies: readonly KnownPolicy[],
  states: readonly PastState[],
  checks: readonly HubCheckResult[],
): ClusterReportList {
  const policyOf = new Map(policies.map((policy) => [policy.name, policy]));
  const sites = [...new Set(states.map(({ site }) => site))].sort();
  const reports = sites.map((site) =>
    reportOf(
      `hilum-policies-${site}`,
      period,
      { apiVersion: 'cluster.open-cluster-management.io/v1', kind: 'ManagedCluster', name: site },
      states.filter((state) => state.site === site).map((state) => resultOf(state, policyOf.get(state.policy))),
    ),
  );
  const hub = reportOf(
    'hilum-hub-checks',
    period,
    { apiVersion: 'v1', kind: 'Service', name: 'hub' },
    checks.map(({ name, title, result, detail }) => ({
      policy: name,
      timestamp: timestampOf(period.until),
      result,
      scored: result !== 'warn',
      message: `${title}: ${detail}`,
      properties: {},
    })),
  );
  return {
    apiVersion: 'openreports.io/v1alpha1',
    kind: 'ClusterReportList',
    metadata: {},
    items: [...reports, hub],
  };
}

function resultOf(state: PastState, policy: KnownPolicy | undefined): ReportResult {
  return {
    ...(policy === undefined ? {} : { source: policy.source, severity: policy.severity }),
    policy: state.policy,
    ...(policy?.categories[0] === undefined ? {} : { category: policy.categories[0] }),
    timestamp: timestampOf(new Date(state.since)),
    result: OUTCOMES[state.state],
    scored: true,
    message: state.message,
    properties: {
      state: state.state,
      since: state.since,
      ...(policy === undefined
        ? {}
        : { standards: policy.standards.join(', '), controls: policy.controls.join(', '), title: policy.title }),
    },
  };
}

function reportOf(
  name: string,
  { since, until }: EvidencePeriod,
  scope: ClusterReport['scope'],
  results: ReportResult[],
): ClusterReport {
  const summary: Record<Outcome, number> = { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 };
  for (const { result } of results) summary[result] += 1;
  return {
    apiVersion: 'openreports.io/v1alpha1',
    kind: 'ClusterReport',
    metadata: {
      name,
      labels: { 'app.kubernetes.io/managed-by': 'hilum' },
      annotations: { 'hilum.org/since': since.toISOString(), 'hilum.org/until': until.toISOString() },
    },
    source: 'hilum',
    scope,
    summary,
    results,
  };
}

function timestampOf(time: Date): ReportResult['timestamp'] {
  const ms = time.getTime();
  return { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1_000_000 };
}
