/** The hub's answers, as /openapi.json describes them. */

export const DECISIONS = ['normal', 'review', 'pneumonia-suspected', 'unreadable'] as const;
export type Decision = (typeof DECISIONS)[number];

export const SITE_STATES = ['live', 'late', 'link-down', 'dead'] as const;
export type SiteState = (typeof SITE_STATES)[number];

export type Role = 'hospital-it' | 'data-science' | 'compliance';

export interface ModelReference {
  name: string;
  version: string;
  digest: string;
}

export interface Site {
  name: string;
  state: SiteState;
  stateSince: string;
  lastHeartbeatAt: string | null;
  backlog: number | null;
  oldestUnscoredAgeSeconds: number | null;
  deadLetters: number | null;
  missing: number;
  counts: { total: number; byDecision: Record<Decision, number> };
  model: ModelReference | null;
  appVersion: string | null;
}

export interface Result {
  id: string;
  receivedAt: string;
  traceId: string | null;
  site: string;
  studyPseudonym: string;
  decision: Decision;
  probability: number | null;
  reason: string | null;
  priority: string;
  model: ModelReference;
  uploadedAt: string;
  scoredAt: string;
}

export interface SiteSummary {
  site: string;
  total: number;
  byDecision: Record<Decision, number>;
  latencyMs: { p50: number | null; p95: number | null };
}

export interface Summary {
  from: string;
  to: string;
  total: number;
  byDecision: Record<Decision, number>;
  sites: SiteSummary[];
}

export interface Alarm {
  id: string;
  site: string;
  kind: string;
  severity: 'warning' | 'critical';
  since: string;
  lastSeenAt: string;
  closedAt: string | null;
  detail: string;
}
