import type { Dashboard } from '../dashboard.js';

/** The hub's own processes. */
export const hubDashboard: Dashboard = {
  uid: 'hilum-hub',
  title: 'Hilum / Hub',
  description: 'The hub itself: what it takes in, how long that takes, and whether its judgement is fresh.',
  variables: [],
  rows: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'stat',
          title: 'Replicas that answer',
          description: 'Scraped by Prometheus.',
          width: 6,
          height: 5,
          unit: 'none',
          query: { expr: 'sum(up{job="hilum-hub"})', legend: 'replicas' },
        },
        {
          kind: 'stat',
          title: 'Broker',
          description: '1 while the broker answers the hub.',
          width: 6,
          height: 5,
          unit: 'none',
          query: { expr: 'max(hilum_hub_listening)', legend: 'answers' },
        },
        {
          kind: 'stat',
          title: 'Since the hospitals were judged',
          description: 'Judged every three seconds while broker and database answer.',
          width: 6,
          height: 5,
          unit: 's',
          query: { expr: 'time() - max(hilum_hub_fleet_judged_timestamp_seconds)', legend: 'age' },
          thresholds: { warning: 30, critical: 60 },
        },
        {
          kind: 'stat',
          title: 'Certificate ends in',
          description: 'The first to end of those that the running hub uses for its broker.',
          width: 6,
          height: 5,
          unit: 's',
          query: { expr: 'min(hilum_hub_certificate_expiry_timestamp_seconds) - time()', legend: 'left' },
        },
      ],
    },
    {
      title: 'Ingestion',
      panels: [
        {
          kind: 'graph',
          title: 'Events, by topic',
          description: 'All that is consumed. Each live hospital sends a heartbeat every 15 seconds.',
          width: 12,
          unit: 'reqps',
          isStacked: true,
          queries: [{ expr: 'sum by (topic) (rate(hilum_hub_events_total[$__rate_interval]))', legend: '{{topic}}' }],
        },
        {
          kind: 'graph',
          title: 'Events, by outcome',
          description: 'Duplicates are harmless: a replay, or a mirror that began anew.',
          width: 12,
          unit: 'reqps',
          isStacked: true,
          queries: [
            { expr: 'sum by (outcome) (rate(hilum_hub_events_total[$__rate_interval]))', legend: '{{outcome}}' },
          ],
        },
        {
          kind: 'graph',
          title: 'Time to record a batch',
          description: 'Checked and in the ledger.',
          width: 12,
          unit: 's',
          queries: [0.5, 0.95, 0.99].map((share) => ({
            expr: `histogram_quantile(${share}, sum by (le) (rate(hilum_hub_ingest_batch_seconds_bucket[$__rate_interval])))`,
            legend: `p${share * 100}`,
          })),
        },
        {
          kind: 'graph',
          title: 'Open alarms, by kind',
          description: 'Of the hub itself.',
          width: 12,
          unit: 'none',
          isStacked: true,
          queries: [{ expr: 'max by (kind) (hilum_hub_alarms_open)', legend: '{{kind}}' }],
        },
      ],
    },
    {
      title: 'Compliance',
      panels: [
        {
          kind: 'graph',
          title: 'Sites where a policy is broken',
          description: 'Which they are is on the console’s page Compliance.',
          width: 12,
          unit: 'none',
          queries: [
            {
              expr: 'max by (policy) (hilum_hub_policy_sites{state="non-compliant"})',
              legend: '{{policy}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Age of what is known of the fleet',
          description:
            'By kind of object, of the replica that knows it best. Above three minutes states become unknown.',
          width: 12,
          unit: 's',
          queries: [{ expr: 'min by (kind) (hilum_hub_fleet_view_age_seconds)', legend: '{{kind}}' }],
        },
      ],
    },
    {
      title: 'Process',
      panels: [
        {
          kind: 'graph',
          title: 'Processor',
          description: 'Seconds of processor in a second.',
          width: 8,
          unit: 'short',
          queries: [
            { expr: 'rate(process_cpu_seconds_total{job="hilum-hub"}[$__rate_interval])', legend: '{{instance}}' },
          ],
        },
        {
          kind: 'graph',
          title: 'Memory',
          description: 'Resident.',
          width: 8,
          unit: 'bytes',
          queries: [{ expr: 'process_resident_memory_bytes{job="hilum-hub"}', legend: '{{instance}}' }],
        },
        {
          kind: 'graph',
          title: 'Delay of the event loop, p99',
          description: 'Rises when the process has too much to do at once.',
          width: 8,
          unit: 's',
          queries: [{ expr: 'nodejs_eventloop_lag_p99_seconds{job="hilum-hub"}', legend: '{{instance}}' }],
        },
        {
          kind: 'graph',
          title: 'Clients that follow the stream',
          description: 'Consoles and programs.',
          width: 8,
          unit: 'none',
          queries: [{ expr: 'sum(hilum_hub_stream_clients)', legend: 'clients' }],
        },
        {
          kind: 'graph',
          title: 'Size of a scrape',
          description: 'Samples of one scrape of the hub: about 36 a hospital.',
          width: 8,
          unit: 'short',
          queries: [{ expr: 'scrape_samples_scraped{job="hilum-hub"}', legend: '{{instance}}' }],
        },
        {
          kind: 'graph',
          title: 'Duration of a scrape',
          description: 'Answered by the hub from memory.',
          width: 8,
          unit: 's',
          queries: [{ expr: 'scrape_duration_seconds{job="hilum-hub"}', legend: '{{instance}}' }],
        },
      ],
    },
  ],
};
