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
    `insert into access_audit (at, actor_role, actor_pseudonym, action, query) values ($1, $2, $3, $4, $5)`,
    [at, who.role, who.actor, action, query === null ? null : JSON.stringify(query)],
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
}

/** What is the same of the two tables, by different names. */
const TABLES = {
  hub: {
    columns: `'hub-' || id as id, 'hub' as source, null as site, actor_role, actor_pseudonym, action,
              null as subject_pseudonym, query, at, at as recorded_at`,
    from: 'access_audit',
    id: `('hub-' || id) collate "C"`,
    recordedAt: 'at',
  },
  site: {
    columns: `id, 'site' as source, site, actor_role, actor_pseudonym, action, subject_pseudonym, null::jsonb as query,
              at, received_at as recorded_at`,
    from: 'audit',
    id: `id collate "C"`,
    recordedAt: 'received_at',
  },
} as const satisfies Record<AuditSource, object>;

/** Newest first, by when it was recorded here. @param page continues below a place */
export async function listAudit(
  db: Queryable,
  filter: AuditFilter,
  page: { after?: AuditPlace | undefined; limit: number },
): Promise<AuditRow[]> {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const limit = parameter(page.limit);
  // a filter by site asks about that site alone
  const sources = AUDIT_SOURCES.filter(
    (source) => (filter.source ?? source) === source && (filter.site === undefined || source === 'site'),
  );
  if (sources.length === 0) return [];
  const parts = sources.map((source) => {
    const { columns, from, id, recordedAt } = TABLES[source];
    const conditions: string[] = [];
    const where = (condition: string, value: unknown): void => {
      if (value !== undefined) conditions.push(`${condition} ${parameter(value)}`);
    };
    where('site =', filter.site);
    where('actor_role =', filter.role);
    where('actor_pseudonym =', filter.actor);
    where('action =', filter.action);
    where(`${recordedAt} >=`, filter.since);
    where(`${recordedAt} <`, filter.until);
    if (page.after !== undefined) {
      const at = parameter(new Date(page.after.recordedAtMs));
      // the first condition is what the index can be used for
      conditions.push(`${recordedAt} <= ${at} and (${recordedAt}, ${id}) < (${at}, ${parameter(page.after.id)})`);
    }
    return `(select ${columns} from ${from} ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}
              order by ${recordedAt} desc, ${id} desc limit ${limit})`;
  });
  const { rows } = await db.query<DbRow>(
    `select * from (${parts.join(' union all ')}) as rows order by recorded_at desc, id collate "C" desc limit ${limit}`,
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
  }));
}
