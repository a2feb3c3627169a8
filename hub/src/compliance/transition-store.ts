import type { Queryable } from '@hilum/runtime';
import type { ComplianceState, PolicyTransition } from './compliance-state.js';

export interface TransitionFilter {
  policy?: string | undefined;
  site?: string | undefined;
  /** happened at this time or later, ISO 8601 */
  since?: string | undefined;
  /** happened before this time */
  until?: string | undefined;
}

/** A place in the list: what follows is older, or as old and recorded before. */
export interface TransitionPlace {
  atMs: number;
  id: number;
}

interface DbRow extends Record<string, unknown> {
  position: number;
  policy: string;
  site: string;
  template: string | null;
  from_state: ComplianceState | null;
  to_state: ComplianceState | null;
  message: string;
  at: Date;
  recorded_at: Date;
}

/** Newest first, by when it happened. @param page continues below a place; without a limit: all */
export async function listTransitions(
  db: Queryable,
  filter: TransitionFilter,
  page: { after?: TransitionPlace | undefined; limit?: number | undefined } = {},
): Promise<PolicyTransition[]> {
  const { rows } = await db.query<DbRow>(
    `select position, policy, site, template, from_state, to_state, message, at, recorded_at from policy_transitions
      where ($1::text is null or policy = $1) and ($2::text is null or site = $2)
        and ($3::timestamptz is null or at >= $3) and ($4::timestamptz is null or at < $4)
        and ($5::timestamptz is null or (at, position) < ($5, $6::bigint))
      order by at desc, position desc limit $7`,
    [
      filter.policy ?? null,
      filter.site ?? null,
      filter.since ?? null,
      filter.until ?? null,
      page.after === undefined ? null : new Date(page.after.atMs),
      page.after?.id ?? null,
      page.limit ?? null,
    ],
  );
  return rows.map((row) => ({
    id: String(row.position),
    policy: row.policy,
    site: row.site,
    template: row.template,
    from: row.from_state,
    to: row.to_state,
    message: row.message,
    at: row.at.toISOString(),
    recordedAt: row.recorded_at.toISOString(),
  }));
}

/** The state of a policy at a cluster at some time. */
export interface PastState {
  policy: string;
  site: string;
  state: ComplianceState;
  message: string;
  /** ISO 8601 UTC */
  since: string;
}

/**
 * How every policy stood at every cluster at a time, by policy and site. Also what has held for longer than transitions
 * are kept is told, as long as it holds.
 */
export async function policyStatesAt(db: Queryable, at: Date): Promise<PastState[]> {
  const { rows } = await db.query<{
    policy: string;
    site: string;
    state: ComplianceState | null;
    message: string;
    since: Date;
  }>(
    `with last as (
       select distinct on (policy, site) policy, site, to_state as state, message, at as since from policy_transitions
        where at <= $1 order by policy, site, at desc, position desc),
     held as (select policy, site, state, message, since from policy_states where since <= $1)
     select * from held
      union all
     select * from last where (policy, site) not in (select policy, site from held)
      order by policy, site`,
    [at],
  );
  return rows.flatMap(({ policy, site, state, message, since }) =>
    state === null ? [] : [{ policy, site, state, message, since: since.toISOString() }],
  );
}
