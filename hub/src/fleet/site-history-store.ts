import type { Database } from '@hilum/runtime';
import { percentileOf } from '../ledger/latency-buckets.js';
import { DECISION_COLUMNS, LATENCY_COLUMNS, SUM_COLUMNS } from '../ledger/result-sums.js';

/** One stretch of a site's history. What heartbeats tell is null in a stretch without any. */
export interface HistoryPoint {
  /** when it begins, ISO 8601 UTC */
  at: string;
  /** the most that a heartbeat told in it */
  backlog: number | null;
  oldestUnscoredAgeSeconds: number | null;
  /** the longest that a heartbeat was on its way */
  mirrorLagSeconds: number | null;
  /** results scored in it */
  total: number;
  unreadable: number;
  /** upload to scored; null without results */
  latencyMs: { p50: number | null; p95: number | null };
}

export interface SiteHistory {
  site: string;
  from: string;
  to: string;
  stepSeconds: number;
  points: HistoryPoint[];
}

const HOUR_MS = 3_600_000;
/** Sums are by the hour. */
const STEPS_MS = [1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR_MS);
const MOST_POINTS = 60;

/** How a period is cut: in whole hours of UTC, in at most {@link MOST_POINTS} stretches. */
export function historySteps(from: number, until: number): { stepMs: number; starts: number[] } {
  const longest = STEPS_MS.at(-1) ?? HOUR_MS;
  const stepMs = STEPS_MS.find((step) => (until - from) / step <= MOST_POINTS - 1) ?? longest;
  const first = Math.floor(from / stepMs) * stepMs;
  const count = Math.max(0, Math.ceil((until - first) / stepMs));
  return { stepMs, starts: Array.from({ length: count }, (_, index) => first + index * stepMs) };
}

/**
 * How a site was, from its heartbeats and the sums of its results. Begins at a whole step, so a little before `from`, and
 * holds heartbeats for as long as they are kept.
 */
export function readHistory(database: Database, site: string, from: Date, until: Date): Promise<SiteHistory> {
  const { stepMs, starts } = historySteps(from.getTime(), until.getTime());
  const begin = new Date(starts[0] ?? from.getTime());
  const bounds = [site, begin, until, stepMs / 1000];
  return database.transaction(async (db) => {
    await db.query('set transaction isolation level repeatable read read only');
    const bin = (column: string): string =>
      `(extract(epoch from date_bin($4 * interval '1 second', ${column}, 'epoch'::timestamptz)) * 1000)::bigint as bin`;
    const { rows: beats } = await db.query<{
      bin: number;
      backlog: number;
      oldest: number;
      lag: number;
    }>(
      `select ${bin('at')}, max(backlog) as backlog, max(oldest_unscored_age_seconds) as oldest,
              max(extract(epoch from received_at - at))::float8 as lag
         from heartbeats where site = $1 and at >= $2 and at < $3 group by 1`,
      bounds,
    );
    const { rows: sums } = await db.query<Record<string, number> & { bin: number }>(
      `select ${bin('hour')}, ${SUM_COLUMNS.map((column) => `sum(${column}) as ${column}`).join(', ')}
         from site_hours where site = $1 and hour >= $2 and hour < $3 group by 1`,
      bounds,
    );
    const beatAt = new Map(beats.map((row) => [row.bin, row]));
    const sumAt = new Map(sums.map((row) => [row.bin, row]));
    return {
      site,
      from: begin.toISOString(),
      to: until.toISOString(),
      stepSeconds: stepMs / 1000,
      points: starts.map((start): HistoryPoint => {
        const [beat, sum] = [beatAt.get(start), sumAt.get(start)];
        const latency = LATENCY_COLUMNS.map((column) => Number(sum?.[column] ?? 0));
        return {
          at: new Date(start).toISOString(),
          backlog: beat?.backlog ?? null,
          oldestUnscoredAgeSeconds: beat?.oldest ?? null,
          mirrorLagSeconds: beat === undefined ? null : Math.max(0, beat.lag),
          total: Object.values(DECISION_COLUMNS).reduce((total, column) => total + Number(sum?.[column] ?? 0), 0),
          unreadable: Number(sum?.[DECISION_COLUMNS.unreadable] ?? 0),
          latencyMs: { p50: percentileOf(latency, 0.5), p95: percentileOf(latency, 0.95) },
        };
      }),
    };
  });
}
