import type { Decision, ResultRecorded } from '@hilum/contracts';
import { LATENCY_BUCKETS, latencyBucket } from './latency-buckets.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The columns of site_hours and site_days that hold the counts of decisions. */
export const DECISION_COLUMNS: Readonly<Record<Decision, string>> = {
  normal: 'normal',
  review: 'review',
  'pneumonia-suspected': 'pneumonia_suspected',
  unreadable: 'unreadable',
};

/** The columns that hold the counts by latency, in the order of the buckets. */
export const LATENCY_COLUMNS: readonly string[] = Array.from({ length: LATENCY_BUCKETS }, (_, bucket) => `l${bucket}`);

export const SUM_COLUMNS: readonly string[] = [...Object.values(DECISION_COLUMNS), ...LATENCY_COLUMNS];

/** A row of site_hours or site_days, under the names of its columns. */
export type SumRow = Record<string, string | number>;

export interface ResultSums {
  hours: SumRow[];
  days: SumRow[];
  /** per site and decision */
  totals: { site: string; decision: Decision; total: number }[];
}

/** Milliseconds from upload to scored. */
export function latencyOf({ uploadedAt, scoredAt }: Pick<ResultRecorded, 'uploadedAt' | 'scoredAt'>): number {
  return Date.parse(scoredAt) - Date.parse(uploadedAt);
}

/** What new results add to each sum, in the order of sites and times, so that replicas lock rows in one order. */
export function sumResults(results: readonly ResultRecorded[]): ResultSums {
  const hours = new Map<string, SumRow>();
  const days = new Map<string, SumRow>();
  const totals = new Map<string, { site: string; decision: Decision; total: number }>();
  for (const result of results) {
    const { site, decision } = result;
    const at = Date.parse(result.scoredAt);
    const columns = [DECISION_COLUMNS[decision], `l${latencyBucket(latencyOf(result))}`];
    add(hours, site, 'hour', Math.floor(at / HOUR_MS) * HOUR_MS, columns);
    add(days, site, 'day', Math.floor(at / DAY_MS) * DAY_MS, columns);
    const total = totals.get(`${site} ${decision}`) ?? { site, decision, total: 0 };
    totals.set(`${site} ${decision}`, { ...total, total: total.total + 1 });
  }
  return { hours: inOrder(hours), days: inOrder(days), totals: inOrder(totals) };
}

function add(rows: Map<string, SumRow>, site: string, unit: string, start: number, columns: readonly string[]): void {
  const at = new Date(start).toISOString();
  const key = `${site} ${at}`;
  const row = rows.get(key) ?? { site, [unit]: at, ...NOTHING };
  for (const column of columns) row[column] = Number(row[column]) + 1;
  rows.set(key, row);
}

const NOTHING: SumRow = Object.fromEntries(SUM_COLUMNS.map((column) => [column, 0]));

function inOrder<Row>(rows: ReadonlyMap<string, Row>): Row[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
