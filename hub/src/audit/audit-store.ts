import { AUDIT_ACTIONS } from '@hilum/contracts';
import type { Queryable } from '@hilum/runtime';

/** What is audited at the hub itself. */
export const ACCESS_ACTIONS = [
  'session.opened',
  'session.closed',
  'session.refused',
  'results.listed',
  'results.exported',
  'stream.opened',
  'audit.listed',
  'audit.anchored',
  'evidence.exported',
] as const;
export type AccessAction = (typeof ACCESS_ACTIONS)[number];

/** At the hub or at a site. */
export const ALL_AUDIT_ACTIONS = [...new Set([...ACCESS_ACTIONS, ...AUDIT_ACTIONS])] as const;

export const AUDIT_SOURCES = ['hub', 'site'] as const;
export type AuditSource = (typeof AUDIT_SOURCES)[number];

/** One access or change, at the hub or as a site reported it. */
export interface AuditRow {
  id: string;
  source: AuditSource;
  /** null at the hub */
  site: string | null;
  actorRole: string | null;
  actorPseudonym: string | null;
  action: string;
  /** whose study, at a site */
  subjectPseudonym: string | null;
  /** what was asked for, at the hub */
  query: Record<string, string> | null;
  /** ISO 8601 UTC, by the clock of where it happened */
  at: string;
  recordedAt: string;
  /** its place in the chain and its hash there; null for the second until it is chained */
  position: number | null;
  hash: string | null;
}

export interface AuditFilter {
  source?: AuditSource | undefined;
  site?: string | undefined;
  role?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  /** recorded at this time or later, ISO 8601 */
  since?: string | undefined;
  /** recorded before this time */
  until?: string | undefined;
}

/** A place in the list: what follows is older, or as old with a smaller id. */
export interface AuditPlace {
  recordedAtMs: number;
  id: string;
}

/** Durable when it resolves: call it before the answer is sent. */
export async function recordAccess(
  db: Queryable,
  access: {
    at: Date;
    who: { role: string | null; actor: string | null };
    action: AccessAction;
    query: Record<string, string> | null;
  },
): Promise<void> {
  const { at, who, action, query } = access;
  await db.query(
    `insert into audit_inbox (entry, id, source, actor_role, actor_pseudonym, action, query, at, recorded_at)
     select entry, 'hub-' || entry, 'hub', $2, $3, $4, $5, $1, $1 from nextval('audit_entries') as entry`,
    [at, who.role, who.actor, action, query === null ? null : JSON.stringify(query)],
  );
}

/** What a site reported, as it goes into the inbox. Times are ISO 8601 UTC. */
export interface SiteEntry {
  id: string;
  site: string;
  sequence: number;
  traceId: string | null;
  actorRole: string;
  actorPseudonym: string;
  action: string;
  subjectPseudonym: string | null;
  at: string;
  receivedAt: string;
}

/** In the transaction that records what the sites sent; the log has them a second later. */
export async function recordSiteEntries(db: Queryable, entries: readonly SiteEntry[]): Promise<void> {
  await db.query(
    `insert into audit_inbox (id, source, site, sequence, trace_id, actor_role, actor_pseudonym, action,
                              subject_pseudonym, at, recorded_at)
     select id, 'site', site, sequence, trace_id, actor_role, actor_pseudonym, action, subject_pseudonym, at, recorded_at
       from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                   $9::timestamptz[], $10::timestamptz[])
            as e (id, site, sequence, trace_id, actor_role, actor_pseudonym, action, subject_pseudonym, at, recorded_at)`,
    [
      entries.map(({ id }) => id),
      entries.map(({ site }) => site),
      entries.map(({ sequence }) => sequence),
      entries.map(({ traceId }) => traceId),
      entries.map(({ actorRole }) => actorRole),
      entries.map(({ actorPseudonym }) => actorPseudonym),
      entries.map(({ action }) => action),
      entries.map(({ subjectPseudonym }) => subjectPseudonym),
      entries.map(({ at }) => at),
      entries.map(({ receivedAt }) => receivedAt),
    ],
  );
}

interface DbRow extends Record<string, unknown> {
  id: string;
  source: AuditSource;
  site: string | null;
  actor_role: string | null;
  actor_pseudonym: string | null;
  action: string;
  subject_pseudonym: string | null;
  query: Record<string, string> | null;
  at: Date;
  recorded_at: Date;
  position: number | null;
  hash: string | null;
}

const COLUMNS = 'id, source, site, actor_role, actor_pseudonym, action, subject_pseudonym, query, at, recorded_at';
/** An entry is in one of the two: it goes from the one to the other in one transaction. */
const TABLES = { audit: 'position, hash', audit_inbox: 'null::bigint as position, null as hash' } as const;

/** Newest first, by when it was recorded here. @param page continues below a place */
export async function listAudit(
  db: Queryable,
  filter: AuditFilter,
  page: { after?: AuditPlace | undefined; limit: number },
): Promise<AuditRow[]> {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const conditions: string[] = ['true'];
  const where = (condition: string, value: unknown): void => {
    if (value !== undefined) conditions.push(`${condition} ${parameter(value)}`);
  };
  where('source =', filter.source);
  where('site =', filter.site);
  where('actor_role =', filter.role);
  where('actor_pseudonym =', filter.actor);
  where('action =', filter.action);
  where('recorded_at >=', filter.since);
  where('recorded_at <', filter.until);
  if (page.after !== undefined) {
    const at = parameter(new Date(page.after.recordedAtMs));
    // the first condition is what the index can be used for
    conditions.push(`recorded_at <= ${at} and (recorded_at, id collate "C") < (${at}, ${parameter(page.after.id)})`);
  }
  const limit = parameter(page.limit);
  const order = 'order by recorded_at desc, id collate "C" desc';
  const parts = Object.entries(TABLES).map(
    ([table, place]) =>
      `(select ${COLUMNS}, ${place} from ${table} where ${conditions.join(' and ')} ${order} limit ${limit})`,
  );
  const { rows } = await db.query<DbRow>(
    `select * from (${parts.join(' union all ')}) as rows ${order} limit ${limit}`,
    values,
  );
  return rows.map((row) => ({
    id: row.id,
    source: row.source,
    site: row.site,
    actorRole: row.actor_role,
    actorPseudonym: row.actor_pseudonym,
    action: row.action,
    subjectPseudonym: row.subject_pseudonym,
    query: row.query,
    at: row.at.toISOString(),
    recordedAt: row.recorded_at.toISOString(),
    position: row.position,
    hash: row.hash,
  }));
}
