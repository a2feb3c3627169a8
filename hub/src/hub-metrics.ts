import { counter, gauge, histogram, type Counter, type Gauge, type Histogram, type Registry } from '@hilum/runtime';

export type EventOutcome = 'recorded' | 'duplicate' | 'quarantined' | 'expired';

/** Everything the hub counts. The name of a site is a label: sites are few and named by the operator, not by patients. */
export interface HubMetrics {
  events: Counter<'topic' | 'outcome'>;
  ingestBatch: Histogram<string>;
  siteState: Gauge<'site' | 'state'>;
  siteBacklog: Gauge<'site'>;
  siteMissing: Gauge<'site'>;
  alarmsOpen: Gauge<'kind'>;
  streamClients: Gauge<string>;
}

export function createHubMetrics(registry: Registry): HubMetrics {
  return {
    events: counter(registry, 'hilum_hub_events_total', "Events consumed, by the site's topic and outcome", [
      'topic',
      'outcome',
    ]),
    ingestBatch: histogram(
      registry,
      'hilum_hub_ingest_batch_seconds',
      'Time to check and record one batch',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    ),
    siteState: gauge(registry, 'hilum_hub_site_state', '1 for the state that a site is in, else 0', ['site', 'state']),
    siteBacklog: gauge(registry, 'hilum_hub_site_backlog_images', 'Images at the site without an outcome', ['site']),
    siteMissing: gauge(registry, 'hilum_hub_site_missing_events', 'Events sent by the site that did not arrive', [
      'site',
    ]),
    alarmsOpen: gauge(registry, 'hilum_hub_alarms_open', 'Open alarms', ['kind']),
    streamClients: gauge(registry, 'hilum_hub_stream_clients', 'Clients that follow the stream'),
  };
}
