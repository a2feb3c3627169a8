import type { Queryable } from '@hilum/runtime';
import { COMPLIANCE_STATES, type ComplianceState } from './compliance-state.js';

export type StateCounts = Record<ComplianceState, number>;

export function noStates(): StateCounts {
  return Object.fromEntries(COMPLIANCE_STATES.map((state) => [state, 0])) as StateCounts;
}

/** At how many sites each policy is in each state; a policy that applies nowhere is left out. */
export async function countsByPolicy(db: Queryable): Promise<Map<string, StateCounts>> {
  const { rows } = await db.query<{ policy: string; state: ComplianceState; total: number }>(
    'select policy, state, count(*) as total from policy_states group by policy, state',
  );
  const counts = new Map<string, StateCounts>();
  for (const { policy, state, total } of rows) {
    const of = counts.get(policy) ?? noStates();
    of[state] = total;
    counts.set(policy, of);
  }
  return counts;
}

/** All policies of one site. */
export interface SiteCompliance {
  site: string;
  counts: StateCounts;
  /** by policy */
  states: { policy: string; state: ComplianceState; since: string }[];
}

/** A place in the list: what follows has less amiss, or as much and a later name. */
export interface SiteCompliancePlace {
  nonCompliant: number;
  unknown: number;
  pending: number;
  site: string;
}

/** Those with most amiss first. @param page continues after a place */
export async function listSiteCompliance(
  db: Queryable,
  page: { after?: SiteCompliancePlace | undefined; limit: number },
): Promise<SiteCompliance[]> {
  const { rows } = await db.query<{
    site: string;
    compliant: number;
    non_compliant: number;
    pending: number;
    unknown: number;
    states: { policy: string; state: ComplianceState; since: string }[];
  }>(
    `select * from (
       select site,
              count(*) filter (where state = 'compliant') as compliant,
              count(*) filter (where state = 'non-compliant') as non_compliant,
              count(*) filter (where state = 'pending') as pending,
              count(*) filter (where state = 'unknown') as unknown,
              jsonb_agg(jsonb_build_object('policy', policy, 'state', state, 'since', since)
                        order by policy collate "C") as states
         from policy_states group by site) as sites
      where $1::bigint is null
         or (-non_compliant, -unknown, -pending, site collate "C") > (-$1::bigint, -$2::bigint, -$3::bigint, $4::text)
      order by non_compliant desc, unknown desc, pending desc, site collate "C" limit $5`,
    [
      page.after?.nonCompliant ?? null,
      page.after?.unknown ?? null,
      page.after?.pending ?? null,
      page.after?.site ?? null,
      page.limit,
    ],
  );
  return rows.map(({ site, compliant, non_compliant: nonCompliant, pending, unknown, states }) => ({
    site,
    counts: { compliant, 'non-compliant': nonCompliant, pending, unknown },
    states: states.map(({ policy, state, since }) => ({ policy, state, since: new Date(since).toISOString() })),
  }));
}

/** How many transitions were ever recorded: another number whenever a state changed. */
export async function lastTransition(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ last: number }>(
    'select case when is_called then last_value else 0 end as last from policy_transition_positions',
  );
  return rows[0]?.last ?? 0;
}
