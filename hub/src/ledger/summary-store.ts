import { DECISIONS, type Decision } from '@hilum/contracts';
import type { Queryable } from '@hilum/runtime';

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

interface SummaryRow extends Record<string, unknown> {
  site: string;
  decision: Decision | null;
  total: number;
  p50: number | null;
  p95: number | null;
}

/** Results scored from `from` until before `to`; percentiles are interpolated between neighbours, as by numpy. */
export async function summarise(db: Queryable, from: Date, to: Date): Promise<Summary> {
  const { rows } = await db.query<SummaryRow>(
    `select s.name as site, r.decision, coalesce(r.total, 0) as total, r.p50, r.p95
       from sites s left join (
         select site, decision, count(*) as total,
                percentile_cont(0.5) within group (order by latency_ms) as p50,
                percentile_cont(0.95) within group (order by latency_ms) as p95
           from results where scored_at >= $1 and scored_at < $2
          group by grouping sets ((site), (site, decision))) r on r.site = s.name
      order by s.name`,
    [from, to],
  );
  const sites = new Map<string, SiteSummary>();
  const byDecision = noDecisions();
  for (const { site, decision, total, p50, p95 } of rows) {
    const entry = sites.get(site) ?? {
      site,
      total: 0,
      byDecision: noDecisions(),
      latencyMs: { p50: null, p95: null },
    };
    sites.set(site, entry);
    if (decision === null) {
      entry.total = total;
      entry.latencyMs = { p50, p95 };
    } else {
      entry.byDecision[decision] = total;
      byDecision[decision] += total;
    }
  }
  const all = [...sites.values()];
  return {
    from: from.toISOString(),
    to: to.toISOString(),
    total: all.reduce((sum, { total }) => sum + total, 0),
    byDecision,
    sites: all,
  };
}
