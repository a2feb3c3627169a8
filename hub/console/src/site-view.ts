/** How far back the charts of a site go, by its name in the address. */
export const HISTORY_PERIODS = {
  '24h': { text: 'Last 24 hours', hours: 24 },
  '7d': { text: 'Last 7 days', hours: 7 * 24 },
  '30d': { text: 'Last 30 days', hours: 30 * 24 },
} as const;
export type HistoryPeriod = keyof typeof HISTORY_PERIODS;

export interface SiteView {
  site: string;
  period: HistoryPeriod;
}

const HOUR_MS = 3_600_000;

/** @returns null when the path is not that of a site's page */
export function siteViewOf(path: string, search: string): SiteView | null {
  const site = /^\/sites\/([a-z0-9-]{1,40})\/?$/.exec(path)?.[1];
  if (site === undefined) return null;
  const period = new URLSearchParams(search).get('period') ?? '';
  return { site, period: Object.hasOwn(HISTORY_PERIODS, period) ? (period as HistoryPeriod) : '24h' };
}

export function siteAddressOf(site: string, period: HistoryPeriod = '24h'): string {
  return period === '24h' ? `/sites/${site}` : `/sites/${site}?period=${period}`;
}

/** ISO 8601 UTC. */
export function historySince(period: HistoryPeriod, nowMs: number): string {
  return new Date(nowMs - HISTORY_PERIODS[period].hours * HOUR_MS).toISOString();
}
