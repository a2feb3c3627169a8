import { LATENCY_BOUNDS_MS } from '@hilum/contracts';
import type { Dashboard } from '../dashboard.js';

/** Prometheus 3 writes le="60.0" for what was le="60". */
const boundPattern = (seconds: number): string => `${String(seconds).replace('.', '\\\\.')}(\\\\.0)?`;
const SHOWN_BOUNDS_S = LATENCY_BOUNDS_MS.flatMap((ms) =>
  ms === 1000 || ms === 5000 || ms === 60_000 ? [ms / 1000] : [],
);

/** One hospital, from what its heartbeats tell. */
export const siteDashboard: Dashboard = {
  uid: 'hilum-site',
  title: 'Hilum / Site',
  description: 'One hospital as the hub knows it from its heartbeats.',
  variables: [{ name: 'site', label: 'Hospital', metric: 'hilum_hub_site_state', labelName: 'site', isMulti: false }],
  rows: [
    {
      title: 'Now',
      panels: [
        {
          kind: 'stat',
          title: 'Last heartbeat',
          description: 'One comes every 15 seconds; after 45 the hospital is late, after five minutes dead.',
          width: 6,
          height: 5,
          unit: 's',
          query: { expr: 'min(hilum_hub_site_heartbeat_age_seconds{site="$site"})', legend: 'age' },
          thresholds: { warning: 45, critical: 300 },
        },
        {
          kind: 'stat',
          title: 'Images without an outcome',
          description: 'In the intake bucket.',
          width: 6,
          height: 5,
          unit: 'short',
          query: { expr: 'max(hilum_hub_site_backlog_images{site="$site"})', legend: 'images' },
          thresholds: { warning: 500, critical: 5000 },
        },
        {
          kind: 'stat',
          title: 'Dead letters',
          description: 'Notifications that wait for a person.',
          width: 6,
          height: 5,
          unit: 'none',
          query: { expr: 'max(hilum_hub_site_dead_letters{site="$site"})', legend: 'dead letters' },
          thresholds: { warning: 1, critical: 100 },
        },
        {
          kind: 'stat',
          title: 'Events missing at the hub',
          description: 'Sent and not arrived. More than 0 wants a replay.',
          width: 6,
          height: 5,
          unit: 'none',
          query: { expr: 'max(hilum_hub_site_missing_events{site="$site"})', legend: 'events' },
          thresholds: { warning: 1, critical: 1 },
        },
      ],
    },
    {
      title: 'Images',
      panels: [
        {
          kind: 'graph',
          title: 'Outcomes',
          description: 'Scored, and found unreadable.',
          width: 12,
          unit: 'reqps',
          isStacked: true,
          queries: [
            {
              expr: 'max by (site) (rate(hilum_hub_site_scored_images_total{site="$site"}[$__rate_interval]))',
              legend: 'scored',
            },
            {
              expr: 'max by (site) (rate(hilum_hub_site_unreadable_images_total{site="$site"}[$__rate_interval]))',
              legend: 'unreadable',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Decisions',
          description:
            'Results as they reach the hub. A share that moves without a reason is worth a look at the model.',
          width: 12,
          unit: 'reqps',
          isStacked: true,
          queries: [
            {
              expr: 'max by (decision) (rate(hilum_hub_site_results_total{site="$site"}[$__rate_interval]))',
              legend: '{{decision}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Upload to outcome',
          description: 'Half, and 95 of 100, of the images of five minutes.',
          width: 12,
          unit: 's',
          queries: [
            { expr: 'site:hilum_latency_seconds:p50_5m{site="$site"}', legend: 'p50' },
            { expr: 'site:hilum_latency_seconds:p95_5m{site="$site"}', legend: 'p95' },
          ],
        },
        {
          kind: 'graph',
          title: 'Within a time',
          description: 'Share of the images of an hour. The objective is 99 % within 60 s.',
          width: 12,
          unit: 'percentunit',
          queries: SHOWN_BOUNDS_S.map((seconds) => ({
            expr:
              `max(rate(hilum_hub_site_latency_seconds_bucket{site="$site", le=~"${boundPattern(seconds)}"}[1h]))` +
              ' / (max(rate(hilum_hub_site_latency_seconds_count{site="$site"}[1h])) > 0)',
            legend: `${seconds} s`,
          })),
        },
        {
          kind: 'graph',
          title: 'Backlog',
          description: 'Images in the intake bucket without an outcome.',
          width: 12,
          unit: 'short',
          queries: [{ expr: 'max(hilum_hub_site_backlog_images{site="$site"})', legend: 'images' }],
        },
        {
          kind: 'graph',
          title: 'Oldest image without an outcome',
          description: 'The objective is less than two minutes for 99 % of the time.',
          width: 12,
          unit: 's',
          queries: [{ expr: 'max(hilum_hub_site_oldest_unscored_age_seconds{site="$site"})', legend: 'age' }],
        },
      ],
    },
    {
      title: 'Way to the hub',
      panels: [
        {
          kind: 'graph',
          title: 'State',
          description: 'As the hub judges it.',
          width: 12,
          unit: 'none',
          isStacked: true,
          queries: [{ expr: 'max by (state) (hilum_hub_site_state{site="$site"})', legend: '{{state}}' }],
        },
        {
          kind: 'graph',
          title: 'Heartbeat',
          description: 'Delay: from the hospital to the hub, by their two clocks. Age: since the latest was sent.',
          width: 12,
          unit: 's',
          isSigned: true,
          queries: [
            { expr: 'max(hilum_hub_site_heartbeat_delay_seconds{site="$site"})', legend: 'delay' },
            { expr: 'min(hilum_hub_site_heartbeat_age_seconds{site="$site"})', legend: 'age' },
          ],
        },
        {
          kind: 'graph',
          title: 'Outbox',
          description: 'Events for the hub that the hospital has not handed to its broker.',
          width: 12,
          unit: 'short',
          queries: [{ expr: 'max(hilum_hub_site_outbox_pending_events{site="$site"})', legend: 'events' }],
        },
        {
          kind: 'graph',
          title: 'Refused by the hub',
          description: 'Events that do not conform, by whether they may hold an identity.',
          width: 12,
          unit: 'short',
          queries: [
            {
              expr: 'sum by (identity) (increase(hilum_hub_site_quarantined_events_total{site="$site"}[$__rate_interval]))',
              legend: 'identity {{identity}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Components',
          description: '1 while the component answers the edge.',
          width: 12,
          unit: 'none',
          queries: [
            { expr: 'min by (component) (hilum_hub_site_component_up{site="$site"})', legend: '{{component}}' },
          ],
        },
        {
          kind: 'graph',
          title: 'Model',
          description: 'That made the latest result.',
          width: 12,
          unit: 'none',
          isStacked: true,
          queries: [
            {
              expr: 'max by (name, version, digest) (hilum_hub_site_model_info{site="$site"})',
              legend: '{{name}} {{version}} {{digest}}',
            },
          ],
        },
      ],
    },
  ],
};
