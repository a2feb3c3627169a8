import { siteTopics } from '@hilum/contracts';
import { counter, gauge, histogram, type Counter, type Gauge, type Histogram, type Registry } from '@hilum/runtime';
import { ComplianceMetrics } from './compliance/compliance-metrics.js';
import { FleetMetrics } from './fleet/fleet-metrics.js';

const EVENT_OUTCOMES = ['recorded', 'duplicate', 'quarantined', 'expired'] as const;
export type EventOutcome = (typeof EVENT_OUTCOMES)[number];

/** Everything the hub counts. The name of a site is a label: sites are few and named by the operator, not by patients. */
export interface HubMetrics {
  events: Counter<'topic' | 'outcome'>;
  quarantined: Counter<'site' | 'identity'>;
  ingestBatch: Histogram<string>;
  streamClients: Gauge<string>;
  fleet: FleetMetrics;
  compliance: ComplianceMetrics;
  releases: Gauge<'state'>;
  audit: AuditMetrics;
}

/** How far the audit is chained and anchored; seen from outside, the place of its last row is a witness as well. */
export interface AuditMetrics {
  position: Gauge<string>;
  waiting: Gauge<string>;
  anchoredPosition: Gauge<string>;
  anchoredAt: Gauge<string>;
  intact: Gauge<string>;
}

/** @param now milliseconds since the epoch: a scrape shows ages as of its own time */
export function createHubMetrics(registry: Registry, now: () => number): HubMetrics {
  const events = counter(registry, 'hilum_hub_events_total', "Events consumed, by the site's topic and outcome", [
    'topic',
    'outcome',
  ]);
  const quarantined = counter(
    registry,
    'hilum_hub_site_quarantined_events_total',
    'Events of the site that were refused, by whether they may hold somebody’s identity',
    ['site', 'identity'],
  );
  // a rate sees no rise in a series that begins with its first event
  for (const topic of [siteTopics.results, siteTopics.feedback, siteTopics.heartbeat, siteTopics.audit])
    for (const outcome of EVENT_OUTCOMES) events.inc({ topic, outcome }, 0);
  const audit = auditMetrics(registry);
  return {
    events,
    quarantined,
    ingestBatch: histogram(
      registry,
      'hilum_hub_ingest_batch_seconds',
      'Time to check and record one batch',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    ),
    streamClients: gauge(registry, 'hilum_hub_stream_clients', 'Clients that follow the stream'),
    fleet: new FleetMetrics(registry, {
      now,
      onSite: (site) => {
        for (const identity of ['possible', 'ruled-out']) quarantined.inc({ site, identity }, 0);
      },
    }),
    compliance: new ComplianceMetrics(registry, now),
    releases: gauge(registry, 'hilum_hub_releases', 'Files in the folder of releases, known or refused', ['state']),
    audit,
  };
}

function auditMetrics(registry: Registry): AuditMetrics {
  const metrics = {
    position: gauge(registry, 'hilum_hub_audit_chain_position', 'The last row of the audit that is chained'),
    waiting: gauge(registry, 'hilum_hub_audit_waiting_entries', 'Entries of the audit that wait to be chained'),
    anchoredPosition: gauge(registry, 'hilum_hub_audit_anchored_position', 'The last row that an anchor covers'),
    anchoredAt: gauge(
      registry,
      'hilum_hub_audit_anchor_timestamp_seconds',
      'When the audit was last anchored, in seconds since the epoch; 0 when never',
    ),
    intact: gauge(
      registry,
      'hilum_hub_audit_intact',
      'Whether the rows of the audit since the last anchor were what they were when chained (1), or not (0)',
    ),
  };
  // until it is known: an alarm at every start would be believed by nobody
  metrics.intact.set(1);
  return metrics;
}

/** When the certificates that the hub speaks to its broker with end; read once, as the connection reads them. */
export function addCertificateMetric(
  registry: Registry,
  expiry: readonly { certificate: 'own' | 'authority'; seconds: number }[],
): void {
  const ends = gauge(
    registry,
    'hilum_hub_certificate_expiry_timestamp_seconds',
    'When the certificate for the broker ends, in seconds since the epoch',
    ['certificate'],
  );
  for (const { certificate, seconds } of expiry) ends.set({ certificate }, seconds);
}
