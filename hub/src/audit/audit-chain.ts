import type { Database, Queryable } from '@hilum/runtime';
import { CHAINED_COLUMNS, ENTRY_COLUMNS, hashOfEntry, type AuditEntry, type ChainedEntry } from './audit-entry.js';
import type { AuditKeys, AuditSigner, Signed } from './audit-key.js';

/** Key of the advisory lock under which the order of the log is decided. */
const CHAIN_LOCK = 0x68696c76;
/** Entries chained by one transaction at most. */
const BATCH = 1_000;

/** The end of the log, as the hub signs it. */
export interface ChainHead {
  position: number;
  hash: string;
  /** ISO 8601 UTC */
  chainedAt: string;
}

/** With the signature; null before anything was chained. */
export interface SignedHead extends ChainHead {
  signed: Signed | null;
  /** the last row there is, at the same moment */
  lastRow: number;
}

export interface AuditChainOptions {
  database: Database;
  signer: AuditSigner;
  now: () => number;
}

/**
 * Gives entries their places in the log. Whoever writes an entry does no more than a plain insert into the inbox, which is
 * durable when it is answered; here, in one place at a time whatever hubs there are, entries are taken from the inbox in
 * batches, linked and signed. Were they linked as they are written, each access at any hub would wait for the commit of
 * the one before it, and all of them for the large transactions that record what sites sent.
 */
export class AuditChain {
  readonly #options: AuditChainOptions;

  constructor(options: AuditChainOptions) {
    this.#options = options;
  }

  /**
   * Chains all that waits; idle where another hub does so at this moment. To be called every second.
   * @returns how many entries were chained
   */
  async round(): Promise<number> {
    let total = 0;
    for (let chained = BATCH; chained === BATCH; total += chained) chained = await this.#chainBatch();
    return total;
  }

  #chainBatch(): Promise<number> {
    const { database, signer, now } = this.#options;
    return database.transaction(async (db) => {
      const { rows: locks } = await db.query<{ held: boolean }>('select pg_try_advisory_xact_lock($1) as held', [
        CHAIN_LOCK,
      ]);
      if (locks[0]?.held !== true) return 0;
      const { rows: entries } = await db.query<AuditEntry & Record<string, unknown>>(
        `with taken as (delete from audit_inbox
                         where entry = any (array(select entry from audit_inbox order by entry limit ${BATCH})) returning *)
         select ${ENTRY_COLUMNS} from taken order by entry`,
      );
      if (entries.length === 0) return 0;
      const before = await readHead(db);
      // never back, whatever the clock does: partitions are pieces of the chain
      const chainedAt = microseconds(Math.max(now(), Date.parse(before.chainedAt)));
      const rows = chained(entries, before, chainedAt);
      await insertChained(db, rows);
      const last = rows.at(-1);
      if (last !== undefined) await writeHead(db, { position: last.position, hash: last.hash, chainedAt }, signer);
      return rows.length;
    });
  }
}

function chained(entries: readonly AuditEntry[], before: ChainHead, chainedAt: string): ChainedEntry[] {
  let { position, hash: previous } = before;
  return entries.map((entry) => {
    position += 1;
    const row = { ...entry, position, chainedAt, previous };
    const hash = hashOfEntry(row);
    previous = hash;
    return { ...row, hash };
  });
}

async function insertChained(db: Queryable, rows: readonly ChainedEntry[]): Promise<void> {
  await db.query(
    `insert into audit (position, chained_at, previous, hash, id, source, site, sequence, trace_id, actor_role,
                            actor_pseudonym, action, subject_pseudonym, query, at, recorded_at)
     select * from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                          $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::jsonb[],
                          $15::timestamptz[], $16::timestamptz[])`,
    [
      rows.map(({ position }) => position),
      rows.map(({ chainedAt }) => chainedAt),
      rows.map(({ previous }) => previous),
      rows.map(({ hash }) => hash),
      rows.map(({ id }) => id),
      rows.map(({ source }) => source),
      rows.map(({ site }) => site),
      rows.map(({ sequence }) => sequence),
      rows.map(({ traceId }) => traceId),
      rows.map(({ actorRole }) => actorRole),
      rows.map(({ actorPseudonym }) => actorPseudonym),
      rows.map(({ action }) => action),
      rows.map(({ subjectPseudonym }) => subjectPseudonym),
      rows.map(({ query }) => (query === null ? null : JSON.stringify(query))),
      rows.map(({ at }) => at),
      rows.map(({ recordedAt }) => recordedAt),
    ],
  );
}

/** What the head's signature is over. */
export function headContent({ position, hash, chainedAt }: ChainHead): object {
  return { type: 'hilum.audit.head.v1', position, hash, chainedAt };
}

/** Whether the hub signed the head; one of an empty log needs no signature. */
export function isSignedHead(head: SignedHead, keys: AuditKeys): boolean {
  return head.signed === null ? head.position === 0 : keys.verifies(headContent(head), head.signed);
}

interface DbHead extends ChainHead, Record<string, unknown> {
  position: number;
  hash: string;
  chainedAt: string;
  keyId: string | null;
  signature: string | null;
  lastRow: number;
}

export async function readHead(db: Queryable): Promise<SignedHead> {
  const { rows } = await db.query<DbHead>(
    `select position, hash, to_char(chained_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "chainedAt",
            key_id as "keyId", signature, coalesce((select max(position) from audit), position) as "lastRow"
       from audit_head`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('HILUM_AUDIT_HEAD_MISSING: the table audit_head is empty: restore a backup');
  const { position, hash, chainedAt, keyId, signature, lastRow } = row;
  const signed = keyId === null || signature === null ? null : { keyId, signature };
  return { position, hash, chainedAt, signed, lastRow };
}

async function writeHead(db: Queryable, head: ChainHead, signer: AuditSigner): Promise<void> {
  const { keyId, signature } = signer.sign(headContent(head));
  await db.query(`update audit_head set position = $1, hash = $2, chained_at = $3, key_id = $4, signature = $5`, [
    ...[head.position, head.hash, head.chainedAt],
    ...[keyId, signature],
  ]);
}

/** How many entries wait, and since when the oldest does (ISO 8601 UTC). */
export async function readWaiting(db: Queryable): Promise<{ count: number; since: string | null }> {
  const { rows } = await db.query<{ count: number; since: Date | null }>(
    'select count(*) as count, min(recorded_at) as since from audit_inbox',
  );
  const [row] = rows;
  return { count: row?.count ?? 0, since: row?.since?.toISOString() ?? null };
}

/** Rows read at a time: what a check holds in memory. */
const PAGE = 500;

/** The log in the order of its places, a page at a time, whatever its length. @param until the last place wanted */
export async function* chainPages(db: Queryable, after: number, until: number): AsyncIterable<ChainedEntry[]> {
  let place = { position: after, id: '' };
  for (;;) {
    // by id as well: a row that was put at the place of another must not be skipped between two pages
    const { rows }: { rows: ChainedEntry[] } = await db.query<ChainedEntry & Record<string, unknown>>(
      `select ${CHAINED_COLUMNS} from audit
        where position >= $1 and position <= $2 and (position > $3 or (position = $3 and id collate "C" > $4))
        order by audit.position, audit.id collate "C" limit ${PAGE}`,
      [Math.max(place.position, after + 1), until, place.position, place.id],
    );
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    place = { position: last.position, id: last.id };
  }
}

/** ISO 8601 UTC as the database gives it. */
function microseconds(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('Z', '000Z');
}
