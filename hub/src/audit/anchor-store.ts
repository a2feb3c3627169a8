import type { ObjectStore, Queryable } from '@hilum/runtime';
import { ANCHOR_PREFIX, anchorKey, anchorNumberOf, openAnchor, type Anchor, type AnchorLoss } from './audit-anchor.js';
import type { AuditKeys } from './audit-key.js';
import type { Finding } from './chain-check.js';

/** The bucket that anchors lie in. */
export interface AnchorBucket {
  store: ObjectStore;
  bucket: string;
}

/** What the database says of an anchor. */
export interface KnownAnchor {
  number: number;
  /** ISO 8601 UTC */
  at: string;
  first: number;
  position: number;
  hash: string;
  sha256: string;
  keyId: string;
  loss: AnchorLoss | null;
}

type DbAnchor = Omit<KnownAnchor, 'at'> & { at: Date } & Record<string, unknown>;

/** Newest first. */
export async function listAnchors(
  db: Queryable,
  page: { before?: number | undefined; limit: number },
): Promise<KnownAnchor[]> {
  const { rows } = await db.query<DbAnchor>(
    `select number, at, first, position, hash, sha256, key_id as "keyId", loss from audit_anchors
      where $1::bigint is null or number < $1 order by number desc limit $2`,
    [page.before ?? null, page.limit],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

export async function lastAnchor(db: Queryable): Promise<KnownAnchor | null> {
  return (await listAnchors(db, { limit: 1 }))[0] ?? null;
}

export async function noteAnchor(db: Queryable, anchor: Anchor): Promise<void> {
  const { number, at, first, position, hash, sha256, keyId, loss } = anchor;
  await db.query(
    `insert into audit_anchors (number, at, first, position, hash, sha256, key_id, loss)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [number, at, first, position, hash, sha256, keyId, loss === null ? null : JSON.stringify(loss)],
  );
}

/** Null when there is no such anchor; in one sentence why it does not count when it is bad. */
export async function readAnchor(
  { store, bucket }: AnchorBucket,
  number: number,
  keys: AuditKeys,
): Promise<Anchor | string | null> {
  const bytes = await store.get(bucket, anchorKey(number));
  if (bytes === null) return null;
  const anchor = openAnchor(bytes, keys);
  if (typeof anchor === 'string') return anchor;
  return anchor.number === number ? anchor : `it is anchor ${anchor.number} under the name of ${number}`;
}

/**
 * Every anchor there should be, in order, with the first that is missing or does not count; one that was read is good
 * and names the one before it.
 * @param known how many the database knows of
 */
export async function readAnchors(
  anchorBucket: AnchorBucket,
  keys: AuditKeys,
  known: number,
): Promise<{ anchors: Anchor[]; finding: Finding | null }> {
  let last = known;
  for await (const page of anchorBucket.store.listPages(anchorBucket.bucket, ANCHOR_PREFIX))
    for (const { key } of page) last = Math.max(last, anchorNumberOf(key) ?? 0);
  const anchors: Anchor[] = [];
  for (let number = 1; number <= last; number += 1) {
    const before = anchors.at(-1);
    const anchor = await readAnchor(anchorBucket, number, keys);
    const finding = (kind: 'anchor-missing' | 'anchor-invalid', what: string): Finding => ({
      kind,
      position: (before?.position ?? 0) + 1,
      id: null,
      detail: `anchor ${number} ${what}`,
    });
    if (anchor === null) return { anchors, finding: finding('anchor-missing', 'is missing in the store') };
    if (typeof anchor === 'string') return { anchors, finding: finding('anchor-invalid', `does not count: ${anchor}`) };
    if (anchor.previousAnchor !== (before?.sha256 ?? null))
      return {
        anchors,
        finding: finding('anchor-invalid', 'names another anchor before it than the one that is there'),
      };
    anchors.push(anchor);
  }
  return { anchors, finding: null };
}
