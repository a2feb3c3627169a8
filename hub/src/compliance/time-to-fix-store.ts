import type { Queryable } from '@hilum/runtime';

/** How long non-compliance with a policy lasted, of the episodes that began in a period. */
export interface TimeToFix {
  policy: string;
  /** episodes that ended with compliance */
  fixed: number;
  /** episodes that go on, or whose end is not known */
  open: number;
  /** seconds from becoming non-compliant to being compliant again; null when none was fixed */
  medianSeconds: number | null;
  longestSeconds: number | null;
}

/**
 * By policy. An episode begins when a policy becomes non-compliant at a cluster and ends when it is compliant again:
 * while nobody knows its state or it is pending it is not fixed. Where the policy ceased to apply, nothing was fixed, and
 * the episode is not counted.
 */
export async function timeToFix(db: Queryable, from: Date, to: Date): Promise<TimeToFix[]> {
  const { rows } = await db.query<{
    policy: string;
    fixed: number;
    open: number;
    median: number | null;
    longest: number | null;
  }>(
    `with decisive as (
       select policy, site, to_state, at, position,
              lag(coalesce(to_state, 'ended')) over places as before
         from policy_transitions
        where to_state is null or to_state in ('compliant', 'non-compliant')
       window places as (partition by policy, site order by at, position)),
     episodes as (
       select policy, to_state, at, lead(at) over places as ended_at,
              lead(coalesce(to_state, 'ended')) over places as ended_by
         from decisive where before is distinct from coalesce(to_state, 'ended')
       window places as (partition by policy, site order by at, position)),
     broken as (
       select policy, ended_by, extract(epoch from ended_at - at)::float8 as seconds from episodes
        where to_state = 'non-compliant' and at >= $1 and at < $2 and ended_by is distinct from 'ended')
     select policy, count(*) filter (where ended_by = 'compliant') as fixed,
            count(*) filter (where ended_by is null) as open,
            percentile_cont(0.5) within group (order by seconds) filter (where ended_by = 'compliant') as median,
            max(seconds) filter (where ended_by = 'compliant') as longest
       from broken group by policy order by policy`,
    [from, to],
  );
  return rows.map(({ policy, fixed, open, median, longest }) => ({
    policy,
    fixed,
    open,
    medianSeconds: median,
    longestSeconds: longest,
  }));
}
