import type { Database, Logger, Queryable } from '@hilum/runtime';
import { anchorKey, effectiveAnchors, openAnchor, sealAnchor, type Anchor, type AnchorLoss } from './audit-anchor.js';
import {
  lastAnchor,
  noteAnchor,
  readAnchor,
  readAnchors,
  type AnchorBucket,
  type KnownAnchor,
} from './anchor-store.js';
import { readHead, type SignedHead } from './audit-chain.js';
import { GENESIS } from './audit-entry.js';
import type { AuditKeys, AuditSigner } from './audit-key.js';
import { checkChain, cutOff, type Finding, type Place } from './chain-check.js';

/** Key of the advisory lock that whoever anchors has alone. */
const ANCHOR_LOCK = 0x68696c77;

/** The log is not what it was: nothing is signed over it. */
export class AuditBrokenError extends Error {
  readonly code = 'HILUM_AUDIT_CHAIN_BROKEN';
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.detail);
    this.name = 'AuditBrokenError';
    this.finding = finding;
  }
}

export interface AnchoringOptions {
  database: Database;
  anchors: AnchorBucket;
  signer: AuditSigner;
  /** whose anchors count: the signer's and those of earlier keys */
  keys: AuditKeys;
  log: Logger;
  /** told of what a check found, null when nothing */
  onChecked: (problem: Finding | null) => void;
  onAnchored: (anchor: KnownAnchor) => void;
  now: () => number;
}

/**
 * Has the hub sign where its log stands, once a day and on demand, into its object store: there it is out of reach of
 * those who can write to the database. Nothing is signed unseen: the rows since the anchor before are checked first.
 */
export class Anchoring {
  readonly #options: AnchoringOptions;

  constructor(options: AnchoringOptions) {
    this.#options = options;
  }

  /**
   * Anchors when the last anchor is of an earlier day in UTC. To be called every minute.
   * @throws AuditBrokenError when the log is not what it was, StoreUnavailableError when the store is away
   */
  async round(): Promise<KnownAnchor | null> {
    const { database, now, onAnchored, onChecked } = this.#options;
    const last = await lastAnchor(database);
    const head = await readHead(database);
    // every replica shows the same, whichever of them anchored
    if (last !== null) onAnchored(last);
    onChecked((await readState(database))?.problem ?? null);
    if (head.position === 0 && last === null) return null;
    return last !== null && dayOf(Date.parse(last.at)) >= dayOf(now()) ? null : this.anchor();
  }

  /** Has it signed that rows below this place are about to go, unless the last anchor says so already. */
  async announceExpiry(first: number): Promise<void> {
    const last = await lastAnchor(this.#options.database);
    if (last === null || last.first < first) await this.anchor({ first });
  }

  /**
   * Anchors now.
   * @param change `first`: rows below are about to be dropped, since they have expired. `loss`: rows that are covered by
   *   anchors and not in the log any more are taken note of, as after a restore
   * @throws AuditBrokenError when the log is not what it was, StoreUnavailableError when the store is away
   */
  async anchor(change: { first?: number; loss?: Pick<AnchorLoss, 'why' | 'acceptedBy'> } = {}): Promise<KnownAnchor> {
    const { database, onChecked, onAnchored, log } = this.#options;
    try {
      const anchor = await database.transaction((db) => this.#anchor(db, change));
      onChecked(null);
      onAnchored(anchor);
      log.info({ anchor: anchor.number, position: anchor.position }, 'the audit was anchored');
      return anchor;
    } catch (error) {
      if (error instanceof AuditBrokenError) {
        // outside of the transaction, which is rolled back
        await noteState(database, this.#options.now(), error.finding.position, error.finding);
        onChecked(error.finding);
        log.error({ code: error.code, ...error.finding }, 'the audit is not what it was when it was chained');
      }
      throw error;
    }
  }

  async #anchor(
    db: Queryable,
    change: { first?: number; loss?: Pick<AnchorLoss, 'why' | 'acceptedBy'> },
  ): Promise<KnownAnchor> {
    const { anchors, signer, keys, now } = this.#options;
    await db.query('select pg_advisory_xact_lock($1)', [ANCHOR_LOCK]);
    const last = await this.#adopt(db);
    const head = await readHead(db);
    const loss = change.loss === undefined ? null : await this.#lossOf(db, head, change.loss);
    const kept = Math.min(last?.first ?? 1, (loss?.kept ?? Infinity) + 1);
    const from = loss === null ? placeOf(last) : await placeAt(db, loss.kept);
    const problem =
      head.position < from.position
        ? cutOff(head.position, `the last anchor covers row ${from.position}`)
        : ((await anchoredRow(db, from, kept)) ?? (await checkChain(db, from, head, keys)));
    if (problem !== null) throw new AuditBrokenError(problem);
    await noteState(db, now(), head.position, null);
    const first = Math.max(change.first ?? 1, kept);
    const body = sealAnchor(
      {
        type: 'hilum.audit.anchor.v1',
        number: (last?.number ?? 0) + 1,
        at: new Date(now()).toISOString(),
        first,
        position: head.position,
        hash: head.hash,
        previousAnchor: last?.sha256 ?? null,
        loss,
      },
      signer,
    );
    const anchor = openAnchor(body, keys);
    if (typeof anchor === 'string') throw new Error(`the anchor just made does not count: ${anchor}`);
    await anchors.store.put(anchors.bucket, anchorKey(anchor.number), body, { contentType: 'application/json' });
    await noteAnchor(db, anchor);
    return anchor;
  }

  /** The last anchor; one that a hub put into the store and could not note before it ended counts as well. */
  async #adopt(db: Queryable): Promise<KnownAnchor | null> {
    const { anchors, keys } = this.#options;
    let last = await lastAnchor(db);
    for (;;) {
      const number = (last?.number ?? 0) + 1;
      const next = await readAnchor(anchors, number, keys);
      if (next === null) return last;
      const bad =
        typeof next === 'string' ? next : next.previousAnchor === (last?.sha256 ?? null) ? null : 'it follows another';
      if (bad !== null || typeof next === 'string')
        throw new AuditBrokenError({
          kind: 'anchor-invalid',
          position: (last?.position ?? 0) + 1,
          id: null,
          detail: `anchor ${number} does not count: ${bad}`,
        });
      await noteAnchor(db, next);
      last = next;
    }
  }

  /** What is lost: everything behind the latest anchor whose row is still in the log. */
  async #lossOf(
    db: Queryable,
    head: SignedHead,
    { why, acceptedBy }: Pick<AnchorLoss, 'why' | 'acceptedBy'>,
  ): Promise<AnchorLoss | null> {
    const effective = await this.#effective(db);
    const first = effective.at(-1)?.first ?? 1;
    let covered = 0;
    for (const anchor of effective.reverse()) {
      const isThere = anchor.position <= head.position && (await anchoredRow(db, anchor, first)) === null;
      if (isThere) return covered === 0 ? null : { kept: anchor.position, covered, why, acceptedBy };
      covered = Math.max(covered, anchor.position);
    }
    return covered === 0 ? null : { kept: 0, covered, why, acceptedBy };
  }

  async #effective(db: Queryable): Promise<Anchor[]> {
    const { anchors, finding } = await readAnchors(
      this.#options.anchors,
      this.#options.keys,
      (await lastAnchor(db))?.number ?? 0,
    );
    if (finding !== null) throw new AuditBrokenError(finding);
    return effectiveAnchors(anchors);
  }
}

function placeOf(anchor: Pick<KnownAnchor, 'position' | 'hash'> | null): Place {
  return { position: anchor?.position ?? 0, hash: anchor?.hash ?? GENESIS };
}

async function placeAt(db: Queryable, position: number): Promise<Place> {
  return { position, hash: (await rowAt(db, position))?.hash ?? GENESIS };
}

/** The row that an anchor is of must still be there as it was. @param first what is older may have expired */
async function anchoredRow(db: Queryable, { position, hash }: Place, first: number): Promise<Finding | null> {
  const row = position === 0 ? null : await rowAt(db, position);
  if (row === null && position < first) return null;
  if (row?.hash === hash) return null;
  return {
    kind: row === null ? 'missing' : 'anchor-mismatch',
    position,
    id: row?.id ?? null,
    detail: `row ${position} is ${row === null ? 'missing, and it is the one' : 'not the one'} that the last anchor covers`,
  };
}

async function rowAt(db: Queryable, position: number): Promise<{ id: string; hash: string } | null> {
  const { rows } = await db.query<{ id: string; hash: string }>('select id, hash from audit where position = $1', [
    position,
  ]);
  return rows[0] ?? null;
}

export interface AuditState {
  checkedAt: string;
  /** how far the check came */
  position: number;
  problem: Finding | null;
}

/** What the last check before an anchor found; null when there was none yet. */
export async function readState(db: Queryable): Promise<AuditState | null> {
  const { rows } = await db.query<{ checked_at: Date; position: number; problem: Finding | null }>(
    'select checked_at, position, problem from audit_state',
  );
  const [row] = rows;
  return row === undefined
    ? null
    : { checkedAt: row.checked_at.toISOString(), position: row.position, problem: row.problem };
}

async function noteState(db: Queryable, now: number, position: number, problem: Finding | null): Promise<void> {
  await db.query(
    `insert into audit_state (checked_at, position, problem) values ($1, $2, $3)
     on conflict (only_one) do update set checked_at = excluded.checked_at, position = excluded.position,
                                          problem = excluded.problem`,
    [new Date(now), position, problem === null ? null : JSON.stringify(problem)],
  );
}

function dayOf(timeMs: number): number {
  return Math.floor(timeMs / 86_400_000);
}
