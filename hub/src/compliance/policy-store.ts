import type { Queryable } from '@hilum/runtime';
import type { FleetSource, KnownPolicy, Policy } from './compliance-state.js';

interface DbRow extends Record<string, unknown> {
  name: string;
  source: FleetSource;
  title: string;
  why: string;
  severity: Policy['severity'];
  standards: string[];
  categories: string[];
  controls: string[];
  remediation: Policy['remediation'];
  policy_sets: string[];
  first_seen_at: Date;
  removed_at: Date | null;
}

/** All policies, also those that are no longer there, by name. There are tens of them, not thousands. */
export async function listPolicies(db: Queryable): Promise<KnownPolicy[]> {
  const { rows } = await db.query<DbRow>('select * from policies order by name collate "C"');
  return rows.map((row) => ({
    name: row.name,
    source: row.source,
    title: row.title,
    why: row.why,
    severity: row.severity,
    standards: row.standards,
    categories: row.categories,
    controls: row.controls,
    remediation: row.remediation,
    policySets: row.policy_sets,
    firstSeenAt: row.first_seen_at.toISOString(),
    removedAt: row.removed_at?.toISOString() ?? null,
  }));
}

/** Writes policies as their source describes them now; one that had gone is there again. */
export async function storePolicies(
  db: Queryable,
  now: Date,
  source: FleetSource,
  policies: readonly Policy[],
): Promise<void> {
  if (policies.length === 0) return;
  // as one value, since arrays of arrays cannot be unnested
  await db.query(
    `insert into policies (name, source, title, why, severity, standards, categories, controls, remediation, policy_sets,
                           first_seen_at)
     select p.name, $2, p.title, p.why, p.severity, p.standards, p.categories, p.controls, p.remediation,
            p."policySets", $3
       from jsonb_to_recordset($1::jsonb)
            as p (name text, title text, why text, severity text, standards text[], categories text[], controls text[],
                  remediation text, "policySets" text[])
      order by p.name
     on conflict (name) do update set
       source = excluded.source, title = excluded.title, why = excluded.why, severity = excluded.severity,
       standards = excluded.standards, categories = excluded.categories, controls = excluded.controls,
       remediation = excluded.remediation, policy_sets = excluded.policy_sets, removed_at = null`,
    [JSON.stringify(policies), source, now],
  );
}

/** Notes which of a source's policies are gone. @param kept names of those that it still has */
export async function markRemoved(
  db: Queryable,
  now: Date,
  source: FleetSource,
  kept: readonly string[],
): Promise<void> {
  await db.query(
    `update policies set removed_at = $1 where source = $2 and removed_at is null and name <> all ($3::text[])`,
    [now, source, kept],
  );
}
