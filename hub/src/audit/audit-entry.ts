import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';

/** What the first row of the log names as the hash before it. */
export const GENESIS = '0'.repeat(64);

/** One access or change, as its hash covers it. Times are ISO 8601 UTC to the microsecond, as the database keeps them. */
export interface AuditEntry {
  id: string;
  source: 'hub' | 'site';
  site: string | null;
  sequence: number | null;
  traceId: string | null;
  actorRole: string | null;
  actorPseudonym: string | null;
  action: string;
  subjectPseudonym: string | null;
  query: unknown;
  at: string;
  recordedAt: string;
}

/** An entry at its place in the log. */
export interface ChainedEntry extends AuditEntry {
  position: number;
  chainedAt: string;
  /** the hash of the row before */
  previous: string;
  hash: string;
}

const microseconds = (column: string, name: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "${name}"`;

/** Columns of the inbox and the log that make an {@link AuditEntry}. */
export const ENTRY_COLUMNS = `id, source, site, sequence, trace_id as "traceId", actor_role as "actorRole",
  actor_pseudonym as "actorPseudonym", action, subject_pseudonym as "subjectPseudonym", query,
  ${microseconds('at', 'at')}, ${microseconds('recorded_at', 'recordedAt')}`;

/** Columns of the log that make a {@link ChainedEntry}. */
export const CHAINED_COLUMNS = `position, ${microseconds('chained_at', 'chainedAt')}, previous, hash, ${ENTRY_COLUMNS}`;

/** SHA-256 in hexadecimal over everything of a row but the hash itself, as canonical JSON (RFC 8785). */
export function hashOfEntry(row: Omit<ChainedEntry, 'hash'>): string {
  const { position, chainedAt, previous, id, source, site, sequence, traceId } = row;
  const { actorRole, actorPseudonym, action, subjectPseudonym, query, at, recordedAt } = row;
  return createHash('sha256')
    .update(
      canonicalJson({
        ...{ position, chainedAt, previous, id, source, site, sequence, traceId },
        ...{ actorRole, actorPseudonym, action, subjectPseudonym, query, at, recordedAt },
      }),
    )
    .digest('hex');
}
