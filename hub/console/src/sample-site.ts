import type { Site, SiteSummary } from './api-types';

/** For tests: a site that is well. */
export function sampleSite(change: Partial<Site> = {}): Site {
  return {
    name: 'st-agnes',
    state: 'live',
    stateSince: '2026-05-04T09:00:00.000Z',
    lastHeartbeatAt: '2026-05-04T12:00:00.000Z',
    backlog: 2,
    oldestUnscoredAgeSeconds: 1.5,
    deadLetters: 0,
    outboxPending: 0,
    mirrorLagSeconds: 0.12,
    status: { store: 'up', kafka: 'up', database: 'up', inference: 'up' },
    missing: 0,
    counts: { total: 4, byDecision: { normal: 4, review: 0, 'pneumonia-suspected': 0, unreadable: 0 } },
    model: { name: 'cxr-triage', version: '1.0.0', digest: `sha256:${'ab'.repeat(32)}` },
    appVersion: '0.1.0',
    cluster: null,
    ...change,
  };
}

export function sampleToday(site: string, total: number, unreadable: number): SiteSummary {
  return {
    site,
    total,
    byDecision: { normal: total - unreadable, review: 0, 'pneumonia-suspected': 0, unreadable },
    latencyMs: { p50: 200, p95: 900 },
  };
}
