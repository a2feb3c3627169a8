import type { Dashboard, GraphPanel } from '../dashboard.js';

const STEPS = ['fetch', 'decode', 'predict', 'explain', 'publish'] as const;

const quantile = (share: number, step: string): string =>
  `histogram_quantile(${share}, sum by (le) (rate(hilum_inference_${step}_seconds_bucket{site=~"$site"}[$__rate_interval])))`;

const stepsPanel = (title: string, share: number): GraphPanel => ({
  kind: 'graph',
  title,
  description: 'Each step of an image’s way through the scoring service.',
  width: 12,
  unit: 's',
  queries: STEPS.map((step) => ({ expr: quantile(share, step), legend: step })),
});

/** Scoring service and dispatcher of hospitals whose Prometheus this is, or whose metrics reach it. */
export const inferenceDashboard: Dashboard = {
  uid: 'hilum-inference',
  title: 'Hilum / Inference service',
  description: 'Scoring service and dispatcher, scraped inside the hospital.',
  variables: [
    { name: 'site', label: 'Hospital', metric: 'hilum_inference_model_info', labelName: 'site', isMulti: true },
  ],
  rows: [
    {
      title: 'Load',
      panels: [
        {
          kind: 'graph',
          title: 'Places',
          description: 'Requests at work and waiting, and how many may be at work at once.',
          width: 12,
          unit: 'none',
          queries: [
            { expr: 'sum by (site) (hilum_inference_working{site=~"$site"})', legend: '{{site}} at work' },
            { expr: 'sum by (site) (hilum_inference_waiting{site=~"$site"})', legend: '{{site}} waiting' },
            { expr: 'sum by (site) (hilum_inference_places{site=~"$site"})', legend: '{{site}} places' },
          ],
        },
        {
          kind: 'graph',
          title: 'Outcomes',
          description: 'By decision.',
          width: 12,
          unit: 'reqps',
          isStacked: true,
          queries: [
            {
              expr: 'sum by (decision) (rate(hilum_inference_outcomes_total{site=~"$site"}[$__rate_interval]))',
              legend: '{{decision}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Unreadable, by reason',
          description: 'A reason that rises by itself is often one modality.',
          width: 12,
          unit: 'reqps',
          isStacked: true,
          queries: [
            {
              expr: 'sum by (reason) (rate(hilum_inference_outcomes_total{site=~"$site", decision="unreadable"}[$__rate_interval]))',
              legend: '{{reason}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Failures, by cause',
          description: 'What could not be done. `overloaded` and `stopping` are tried again elsewhere or later.',
          width: 12,
          unit: 'reqps',
          isStacked: true,
          queries: [
            {
              expr: 'sum by (err) (rate(hilum_inference_failures_total{site=~"$site"}[$__rate_interval]))',
              legend: '{{err}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Where the time goes',
      panels: [stepsPanel('Steps, p50', 0.5), stepsPanel('Steps, p95', 0.95)],
    },
    {
      title: 'Delivery',
      panels: [
        {
          kind: 'graph',
          title: 'Notifications that wait',
          description: 'Records in the broker that the dispatcher has not delivered.',
          width: 12,
          unit: 'short',
          queries: [{ expr: 'max by (site) (hilum_dispatcher_lag_records{site=~"$site"})', legend: '{{site}}' }],
        },
        {
          kind: 'graph',
          title: 'Deliveries, by outcome',
          description: 'Attempts of the dispatcher.',
          width: 12,
          unit: 'reqps',
          isStacked: true,
          queries: [
            {
              expr: 'sum by (outcome) (rate(hilum_dispatcher_deliveries_total{site=~"$site"}[$__rate_interval]))',
              legend: '{{outcome}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Paused',
          description: '1 while the dispatcher finds the scoring service away.',
          width: 12,
          unit: 'none',
          queries: [{ expr: 'max by (site) (hilum_dispatcher_paused{site=~"$site"})', legend: '{{site}}' }],
        },
        {
          kind: 'graph',
          title: 'Images given up',
          description: 'The scoring service died of them, failed on them or hung over them each time.',
          width: 12,
          unit: 'short',
          queries: [
            {
              expr: 'sum by (site, cause) (increase(hilum_dispatcher_given_up_total{site=~"$site"}[1h]))',
              legend: '{{site}} {{cause}}',
            },
          ],
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
          width: 12,
          unit: 'short',
          queries: [
            {
              expr: 'rate(process_cpu_seconds_total{job="hilum-inference", site=~"$site"}[$__rate_interval])',
              legend: '{{site}} {{instance}}',
            },
          ],
        },
        {
          kind: 'graph',
          title: 'Memory',
          description: 'Resident.',
          width: 12,
          unit: 'bytes',
          queries: [
            {
              expr: 'process_resident_memory_bytes{job="hilum-inference", site=~"$site"}',
              legend: '{{site}} {{instance}}',
            },
          ],
        },
      ],
    },
  ],
};
