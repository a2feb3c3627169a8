import { SITE_STATES, type Site, type SiteSummary } from './api-types';
import { needsAttention, rankOf } from './site-trouble';

export const STATE_FILTERS = ['all', 'attention', ...SITE_STATES] as const;
export type StateFilter = (typeof STATE_FILTERS)[number];

export const SORTS = [
  'worst',
  'name',
  'backlog',
  'oldest',
  'lag',
  'missing',
  'dead-letters',
  'results',
  'unreadable',
  'latency',
] as const;
export type Sort = (typeof SORTS)[number];

export const PAGE_SIZES = [10, 25, 50, 100] as const;

/** Which sites the table shows and how: all of it is in the address. */
export interface FleetView {
  search: string;
  state: StateFilter;
  sort: Sort;
  /** against the usual direction: names from A, numbers from the greatest */
  isReversed: boolean;
  /** from 1 */
  page: number;
  pageSize: number;
}

const USUAL: FleetView = { search: '', state: 'all', sort: 'worst', isReversed: false, page: 1, pageSize: 10 };

export function fleetViewOf(search: string): FleetView {
  const query = new URLSearchParams(search);
  const page = Number(query.get('page') ?? '1');
  const pageSize = Number(query.get('size') ?? '');
  return {
    search: query.get('q') ?? '',
    state: STATE_FILTERS.find((state) => state === query.get('state')) ?? USUAL.state,
    sort: SORTS.find((sort) => sort === query.get('sort')) ?? USUAL.sort,
    isReversed: query.get('order') === 'reversed',
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    pageSize: PAGE_SIZES.find((size) => size === pageSize) ?? USUAL.pageSize,
  };
}

/** The address of a view; what is usual is left out. */
export function fleetAddressOf(view: Partial<FleetView>): string {
  const { search, state, sort, isReversed, page, pageSize } = { ...USUAL, ...view };
  const query = new URLSearchParams();
  if (search !== '') query.set('q', search);
  if (state !== USUAL.state) query.set('state', state);
  if (sort !== USUAL.sort) query.set('sort', sort);
  if (isReversed) query.set('order', 'reversed');
  if (page !== 1) query.set('page', String(page));
  if (pageSize !== USUAL.pageSize) query.set('size', String(pageSize));
  return query.size === 0 ? '/' : `/?${query.toString()}`;
}

/** How long a site's events are on their way now; of one that does not speak, how old its latest heartbeat is. */
export function lagSecondsOf(site: Site, now: number): number | null {
  if (site.state === 'live') return site.mirrorLagSeconds;
  return site.lastHeartbeatAt === null ? null : Math.max(0, (now - Date.parse(site.lastHeartbeatAt)) / 1000);
}

export function unreadableShareOf(today: SiteSummary | undefined): number | null {
  return today === undefined || today.total === 0 ? null : today.byDecision.unreadable / today.total;
}

/** The sites of a view in its order, all pages. */
export function sitesIn(
  view: FleetView,
  sites: Iterable<Site>,
  today: ReadonlyMap<string, SiteSummary>,
  now: number,
): Site[] {
  const wanted = view.search.trim().toLowerCase();
  const shown = [...sites].filter(
    (site) =>
      site.name.includes(wanted) &&
      (view.state === 'all' || (view.state === 'attention' ? needsAttention(site) : site.state === view.state)),
  );
  const keyOf = sortKey(view.sort, today, now);
  const keyed = shown.map((site) => ({ site, key: keyOf(site) }));
  const direction = view.isReversed ? -1 : 1;
  keyed.sort((a, b) => direction * (a.key - b.key) || direction * (a.site.name < b.site.name ? -1 : 1));
  return keyed.map(({ site }) => site);
}

/** Smaller comes first; what is not known comes last. */
function sortKey(sort: Sort, today: ReadonlyMap<string, SiteSummary>, now: number): (site: Site) => number {
  const greatestFirst = (value: number | null | undefined): number => -(value ?? -1);
  switch (sort) {
    case 'worst':
      return rankOf;
    case 'name':
      return () => 0;
    case 'backlog':
      return (site) => greatestFirst(site.backlog);
    case 'oldest':
      return (site) => greatestFirst(site.oldestUnscoredAgeSeconds);
    case 'lag':
      return (site) => greatestFirst(lagSecondsOf(site, now));
    case 'missing':
      return (site) => greatestFirst(site.missing);
    case 'dead-letters':
      return (site) => greatestFirst(site.deadLetters);
    case 'results':
      return (site) => greatestFirst(today.get(site.name)?.total);
    case 'unreadable':
      return (site) => greatestFirst(unreadableShareOf(today.get(site.name)));
    case 'latency':
      return (site) => greatestFirst(today.get(site.name)?.latencyMs.p95);
  }
}
