import type { Decision } from '@hilum/contracts';
import type { Queryable } from '@hilum/runtime';
import { periodStart } from '../retention/period-rule.js';
import type { EvidencePeriod } from './evidence-period.js';

/** What one version of a model scored at one site in a period. */
export interface ModelUse {
  site: string;
  model: { name: string; version: string; digest: string };
  total: number;
  byDecision: Partial<Record<Decision, number>>;
  /** ISO 8601 UTC */
  firstScoredAt: string;
  lastScoredAt: string;
}

/** By site and model. Counted a month at a time, so that no statement takes long over a large ledger. */
export async function modelsSeen(db: Queryable, { since, until }: EvidencePeriod): Promise<ModelUse[]> {
  const uses = new Map<string, ModelUse>();
  for (let from = since.getTime(); from < until.getTime(); from = periodStart('month', from, 1)) {
    const to = Math.min(periodStart('month', from, 1), until.getTime());
    const { rows } = await db.query<{
      site: string;
      name: string;
      version: string;
      digest: string;
      decision: Decision;
      total: number;
      first: Date;
      last: Date;
    }>(
      `select site, model_name as name, model_version as version, model_digest as digest, decision, count(*) as total,
              min(scored_at) as first, max(scored_at) as last
         from results where scored_at >= $1 and scored_at < $2 group by 1, 2, 3, 4, 5`,
      [new Date(from), new Date(to)],
    );
    for (const { site, name, version, digest, decision, total, first, last } of rows) {
      const key = [site, name, version, digest].join(' ');
      const use = uses.get(key) ?? {
        site,
        model: { name, version, digest },
        total: 0,
        byDecision: {},
        firstScoredAt: first.toISOString(),
        lastScoredAt: last.toISOString(),
      };
      use.total += total;
      use.byDecision[decision] = (use.byDecision[decision] ?? 0) + total;
      if (first.toISOString() < use.firstScoredAt) use.firstScoredAt = first.toISOString();
      if (last.toISOString() > use.lastScoredAt) use.lastScoredAt = last.toISOString();
      uses.set(key, use);
    }
  }
  return [...uses.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, use]) => ({ ...use, byDecision: Object.fromEntries(Object.entries(use.byDecision).sort()) }));
}

/** Why events of a period were refused; never what was in them, nor a hash of it. */
export interface QuarantineReason {
  site: string;
  topic: string;
  code: string;
  /** names fields and rules */
  detail: string;
  mayBeIdentity: boolean;
  total: number;
  /** ISO 8601 UTC */
  firstAt: string;
  lastAt: string;
}

export async function quarantineReasons(db: Queryable, { since, until }: EvidencePeriod): Promise<QuarantineReason[]> {
  const { rows } = await db.query<{
    site: string;
    topic: string;
    code: string;
    detail: string;
    may_be_identity: boolean;
    total: number;
    first: Date;
    last: Date;
  }>(
    `select site, topic, code, detail, may_be_identity, count(*) as total, min(received_at) as first,
            max(received_at) as last
       from quarantine where received_at >= $1 and received_at < $2
      group by 1, 2, 3, 4, 5 order by site, topic, code, detail, may_be_identity`,
    [since, until],
  );
  return rows.map(({ site, topic, code, detail, may_be_identity: mayBeIdentity, total, first, last }) => ({
    ...{ site, topic, code, detail, mayBeIdentity, total },
    ...{ firstAt: first.toISOString(), lastAt: last.toISOString() },
  }));
}

/** What retention gave up: before when everything of a kind is gone, and what was dropped in a period. */
export interface RetentionRecord {
  floors: { table: string; floor: string }[];
  drops: { table: string; from: string | null; until: string; rows: number; droppedAt: string }[];
}

export async function retentionRecord(db: Queryable, { since, until }: EvidencePeriod): Promise<RetentionRecord> {
  const { rows: floors } = await db.query<{ table: string; floor: Date }>(
    'select table_name as table, floor from retention order by table_name',
  );
  const { rows: drops } = await db.query<{
    table: string;
    from: Date | null;
    until: Date;
    rows: number;
    dropped_at: Date;
  }>(
    `select table_name as table, from_at as from, until_at as until, rows, dropped_at from retention_drops
      where dropped_at >= $1 and dropped_at < $2 order by id`,
    [since, until],
  );
  return {
    floors: floors.map(({ table, floor }) => ({ table, floor: floor.toISOString() })),
    drops: drops.map(({ table, from, until: to, rows, dropped_at: droppedAt }) => ({
      ...{ table, from: from?.toISOString() ?? null, until: to.toISOString(), rows },
      droppedAt: droppedAt.toISOString(),
    })),
  };
}

/** The piece of the audit's chain that was chained in a period; null when none was. */
export async function segmentOf(
  db: Queryable,
  { since, until }: EvidencePeriod,
): Promise<{ first: number; last: number } | null> {
  const { rows } = await db.query<{ first: number | null; last: number | null }>(
    'select min(position) as first, max(position) as last from audit where chained_at >= $1 and chained_at < $2',
    [since, until],
  );
  const { first = null, last = null } = rows[0] ?? {};
  return first === null || last === null ? null : { first, last };
}

/** How many entries of each kind the segment has. */
export async function countsByAction(
  db: Queryable,
  segment: { first: number; last: number } | null,
): Promise<{ source: string; site: string | null; action: string; total: number }[]> {
  if (segment === null) return [];
  const { rows } = await db.query<{ source: string; site: string | null; action: string; total: number }>(
    `select source, site, action, count(*) as total from audit where position between $1 and $2
      group by 1, 2, 3 order by source, site nulls first, action`,
    [segment.first, segment.last],
  );
  return rows.map(({ source, site, action, total }) => ({ source, site, action, total }));
}

/** How often each policy became non-compliant somewhere in a period. */
export async function violationsByPolicy(
  db: Queryable,
  { since, until }: EvidencePeriod,
): Promise<Map<string, number>> {
  const { rows } = await db.query<{ policy: string; total: number }>(
    `select policy, count(*) as total from policy_transitions
      where at >= $1 and at < $2 and to_state = 'non-compliant' and from_state is distinct from to_state
        and template is null
      group by policy order by policy`,
    [since, until],
  );
  return new Map(rows.map(({ policy, total }) => [policy, total]));
}
