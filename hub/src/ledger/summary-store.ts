import { DECISIONS, type Decision } from '@hilum/contracts';
import type { Database, Queryable } from '@hilum/runtime';
import { LATENCY_BOUNDS_MS, LATENCY_BUCKETS, percentileOf } from './latency-buckets.js';
import { DECISION_COLUMNS, LATENCY_COLUMNS, SUM_COLUMNS } from './result-sums.js';

export type DecisionCounts = Record<Decision, number>;

export interface SiteSummary {
  site: string;
  total: number;
  byDecision: DecisionCounts;
  /** upload to scored; null when there are no results */
  latencyMs: { p50: number | null; p95: number | null };
}

export interface Summary {
  from: string;
  to: string;
  total: number;
  byDecision: DecisionCounts;
  sites: SiteSummary[];
}

export function noDecisions(): DecisionCounts {
  return Object.fromEntries(DECISIONS.map((decision) => [decision, 0])) as DecisionCounts;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A stretch of time in milliseconds since the epoch, `until` excluded, whose results are added or taken away. */
export interface Stretch {
  from: number;
  until: number;
  sign: 1 | -1;
}

export interface SummaryPlan {
  days: Stretch[];
  hours: Stretch[];
  /** what no whole hour covers, counted from the results themselves */
  results: Stretch[];
}

/**
 * How a period is put together from sums and results. At its ends the shorter way is taken: half of an hour's results
 * are either added, or the other half taken away from the whole hour; and so with hours and days.
 */
export function summaryPlan(from: number, until: number): SummaryPlan {
  const hours = split(from, until, HOUR_MS);
  const days = hours.whole === null ? { whole: null, edges: [] } : split(hours.whole.from, hours.whole.until, DAY_MS);
  return {
    days: days.whole === null ? [] : [days.whole],
    hours: days.edges,
    results: hours.edges,
  };
}

/** The whole steps that stand for a period, and what is to be added to them or taken away. */
function split(from: number, until: number, stepMs: number): { whole: Stretch | null; edges: Stretch[] } {
  const [first, last] = [Math.round(from / stepMs) * stepMs, Math.round(until / stepMs) * stepMs];
  if (first >= last) return { whole: null, edges: from < until ? [{ from, until, sign: 1 }] : [] };
  const edges: Stretch[] = [
    from < first ? { from, until: first, sign: 1 } : { from: first, until: from, sign: -1 },
    until > last ? { from: last, until, sign: 1 } : { from: until, until: last, sign: -1 },
  ];
  return {
    whole: { from: first, until: last, sign: 1 },
    edges: edges.filter((edge) => edge.from < edge.until),
  };
}

interface Counts {
  byDecision: DecisionCounts;
  /** results by bucket */
  latency: number[];
}

/**
 * Results scored from `from` until before `to`: exact counts; percentiles as the buckets of {@link LATENCY_BOUNDS_MS}
 * tell them.
 */
export function summarise(database: Database, from: Date, to: Date): Promise<Summary> {
  const plan = summaryPlan(from.getTime(), to.getTime());
  return database.transaction(async (db) => {
    // sums and results as of one moment
    await db.query('set transaction isolation level repeatable read read only');
    const { rows: sites } = await db.query<{ name: string }>('select name from sites order by name');
    const bySite = new Map<string, Counts>(sites.map(({ name }) => [name, noCounts()]));
    for (const stretch of plan.days) await addSums(db, 'site_days', 'day', stretch, bySite);
    for (const stretch of plan.hours) await addSums(db, 'site_hours', 'hour', stretch, bySite);
    for (const stretch of plan.results) await addResults(db, stretch, bySite);
    return summaryOf(from, to, bySite);
  });
}

async function addSums(
  db: Queryable,
  table: 'site_days' | 'site_hours',
  unit: 'day' | 'hour',
  { from, until, sign }: Stretch,
  bySite: Map<string, Counts>,
): Promise<void> {
  const { rows } = await db.query<Record<string, number> & { site: string }>(
    `select site, ${SUM_COLUMNS.map((column) => `sum(${column}) as ${column}`).join(', ')}
       from ${table} where ${unit} >= $1 and ${unit} < $2 group by site`,
    [new Date(from), new Date(until)],
  );
  for (const row of rows) {
    const counts = countsOf(bySite, row.site);
    for (const decision of DECISIONS) counts.byDecision[decision] += sign * Number(row[DECISION_COLUMNS[decision]]);
    LATENCY_COLUMNS.forEach((column, bucket) => addLatency(counts, bucket, sign * Number(row[column])));
  }
}

async function addResults(db: Queryable, { from, until, sign }: Stretch, bySite: Map<string, Counts>): Promise<void> {
  const { rows } = await db.query<{ site: string; decision: Decision; bucket: number; total: number }>(
    `select site, decision, width_bucket(latency_ms, $3::float8[]) as bucket, count(*) as total
       from results where scored_at >= $1 and scored_at < $2 group by 1, 2, 3`,
    [new Date(from), new Date(until), LATENCY_BOUNDS_MS],
  );
  for (const { site, decision, bucket, total } of rows) {
    const counts = countsOf(bySite, site);
    counts.byDecision[decision] += sign * total;
    addLatency(counts, bucket, sign * total);
  }
}

function summaryOf(from: Date, to: Date, bySite: ReadonlyMap<string, Counts>): Summary {
  const all = noDecisions();
  const sites = [...bySite].map(([site, { byDecision, latency }]): SiteSummary => {
    for (const decision of DECISIONS) all[decision] += byDecision[decision];
    const latencyMs = { p50: percentileOf(latency, 0.5), p95: percentileOf(latency, 0.95) };
    return { site, total: totalOf(byDecision), byDecision, latencyMs };
  });
  return { from: from.toISOString(), to: to.toISOString(), total: totalOf(all), byDecision: all, sites };
}

function countsOf(bySite: Map<string, Counts>, site: string): Counts {
  const counts = bySite.get(site) ?? noCounts();
  bySite.set(site, counts);
  return counts;
}

function noCounts(): Counts {
  return { byDecision: noDecisions(), latency: new Array<number>(LATENCY_BUCKETS).fill(0) };
}

function addLatency(counts: Counts, bucket: number, count: number): void {
  counts.latency[bucket] = (counts.latency[bucket] ?? 0) + count;
}

function totalOf(byDecision: DecisionCounts): number {
  return Object.values(byDecision).reduce((sum, count) => sum + count, 0);
}
