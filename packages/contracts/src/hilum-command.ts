import type { SiteHeartbeat } from './events/site-heartbeat.js';

/** Which process of a site runs a component that a heartbeat names. */
const COMPONENT_PROCESS: Readonly<Record<keyof SiteHeartbeat['status'], string>> = {
  store: 'store',
  kafka: 'kafka',
  database: 'postgres',
  inference: 'inference',
};

/**
 * Lines of the `hilum` command line that help at a site, ready to be copied; a test of the command line takes them apart.
 * Site names need no quotes.
 */
export const hilumCommand = {
  doctor: (site: string): string => `hilum doctor --site ${site}`,
  status: (): string => 'hilum status',
  replay: (site: string, from: number, to: number): string =>
    `hilum relay replay --site ${site} --from ${from} --to ${to}`,
  listDeadLetters: (site: string): string => `hilum dlq list --site ${site}`,
  resendDeadLetters: (site: string): string => `hilum dlq resend --all --site ${site}`,
  componentLog: (site: string, component: keyof SiteHeartbeat['status']): string =>
    `hilum logs ${site}-${COMPONENT_PROCESS[component]}`,
  mirrorLog: (site: string): string => `hilum logs ${site}-mirror`,
  dispatcherLog: (site: string): string => `hilum logs ${site}-dispatcher`,
} as const;
