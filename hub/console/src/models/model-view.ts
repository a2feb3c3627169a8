import type { ModelVolume } from './model-types';

/** How far back to look, by its name in the address. */
export const PERIODS = {
  '24h': { text: 'Last 24 hours', hours: 24 },
  '7d': { text: 'Last 7 days', hours: 7 * 24 },
  '30d': { text: 'Last 30 days', hours: 30 * 24 },
  '90d': { text: 'Last 90 days', hours: 90 * 24 },
} as const;
export type PeriodName = keyof typeof PERIODS;

/** What the address says is shown: a link shows what its sender saw. */
export type ModelsView =
  { kind: 'list'; search: string } | { kind: 'model'; digest: string; site: string | null; period: PeriodName };

const HOUR_MS = 3_600_000;

export function viewOf(path: string, search: string): ModelsView {
  const query = new URLSearchParams(search);
  const digest = decoded(/^\/models\/([^/]+)\/?$/.exec(path)?.[1]);
  if (digest === null) return { kind: 'list', search: query.get('q') ?? '' };
  const site = query.get('site');
  const period = query.get('period') ?? '';
  return {
    kind: 'model',
    digest,
    // as the hub would refuse any other name
    site: site !== null && /^[a-z0-9-]{1,40}$/.test(site) ? site : null,
    period: Object.hasOwn(PERIODS, period) ? (period as PeriodName) : '7d',
  };
}

/** The address of a view; what is the usual is left out. */
export function addressOf(view: ModelsView): string {
  const query = new URLSearchParams();
  if (view.kind === 'list') {
    if (view.search !== '') query.set('q', view.search);
  } else {
    if (view.site !== null) query.set('site', view.site);
    if (view.period !== '7d') query.set('period', view.period);
  }
  const path = view.kind === 'list' ? '/models' : `/models/${view.digest}`;
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** ISO 8601 UTC. */
export function sinceOf(period: PeriodName, nowMs: number): string {
  return new Date(nowMs - PERIODS[period].hours * HOUR_MS).toISOString();
}

/** Models whose name, version, digest or one of whose sites contains the text, whatever its case. */
export function matching(models: readonly ModelVolume[], search: string): ModelVolume[] {
  const wanted = search.trim().toLowerCase();
  return models.filter(({ model, sites }) =>
    [model.name, model.version, model.digest, ...sites.map(({ site }) => site)].some((text) => text.includes(wanted)),
  );
}

function decoded(part: string | undefined): string | null {
  if (part === undefined) return null;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
