import type { Queryable } from '@hilum/runtime';
import { lastAnchor, readAnchors, type AnchorBucket } from './anchor-store.js';
import { effectiveAnchors, type Anchor, type AnchorLoss } from './audit-anchor.js';
import { chainPages, readHead, readWaiting } from './audit-chain.js';
import { GENESIS, type ChainedEntry } from './audit-entry.js';
import type { AuditKeys } from './audit-key.js';
import { checkChain, cutOff, type Finding, type Place } from './chain-check.js';
import { rowsThat } from './counted.js';

/** What a check of the whole log found. */
export interface AuditReport {
  isIntact: boolean;
  /** rows that were read and found good */
  rows: number;
  /** the oldest row there is, and the last; null in an empty log */
  first: number | null;
  last: number | null;
  /** anchors that count */
  anchors: number;
  lastAnchorAt: string | null;
  /** rows up to this one are covered by an anchor */
  anchoredTo: number;
  /** rows behind the last anchor: the hub's signature of the end covers them, but it lies beside them */
  notAnchored: number;
  /** entries that wait to be chained, the oldest since */
  waiting: number;
  waitingSince: string | null;
  /** the first bad row, and the first bad anchor */
  findings: Finding[];
  /** rows that were lost and taken note of */
  losses: (AnchorLoss & { at: string })[];
}

/**
 * Checks every row of the log, every anchor and every signature. Memory does not grow with the log.
 * @param onProgress told of the rows checked so far and of how many there are
 */
export async function verifyAudit(options: {
  db: Queryable;
  anchors: AnchorBucket;
  keys: AuditKeys;
  onProgress?: (rows: number, of: number) => void;
}): Promise<AuditReport> {
  const { db, keys, onProgress = () => undefined } = options;
  // the anchors first: what one covers was chained before it, so the end that is read after them is no earlier
  const known = (await lastAnchor(db))?.number ?? 0;
  const read = await readAnchors(options.anchors, keys, known);
  const head = await readHead(db);
  const waiting = await readWaiting(db);
  const start = await firstRow(db, head.lastRow);
  const effective = effectiveAnchors(read.anchors);
  const last = effective.at(-1);
  const first = last?.first ?? 1;
  const of = start === null ? 0 : head.lastRow - start.position + 1;

  let rows = 0;
  // of a day without entries, an anchor is of the same row as the one before
  const byPosition = new Map<number, Anchor[]>();
  for (const anchor of effective) byPosition.set(anchor.position, [...(byPosition.get(anchor.position) ?? []), anchor]);
  const onRow = (row: ChainedEntry): Finding | null => {
    rows += 1;
    onProgress(rows, of);
    const other = byPosition.get(row.position)?.find(({ hash }) => hash !== row.hash);
    return other === undefined ? null : mismatch(other, row, effective);
  };
  const finding =
    missingBegin(start, first, head.position) ??
    (await checkChain(db, placeBefore(start, head), head, keys, onRow)) ??
    (last !== undefined && last.position > head.position
      ? cutOff(head.position, `anchor ${last.number} covers row ${last.position}`)
      : null);
  const findings = [finding, read.finding].filter((one) => one !== null);
  return {
    isIntact: findings.length === 0,
    rows,
    first: start?.position ?? null,
    last: start === null ? null : head.lastRow,
    anchors: read.anchors.length,
    lastAnchorAt: last?.at ?? null,
    anchoredTo: last?.position ?? 0,
    notAnchored: Math.max(0, head.position - (last?.position ?? 0)),
    waiting: waiting.count,
    waitingSince: waiting.since,
    findings,
    losses: read.anchors.flatMap(({ at, loss }) => (loss === null ? [] : [{ ...loss, at }])),
  };
}

async function firstRow(db: Queryable, until: number): Promise<ChainedEntry | null> {
  for await (const [row] of chainPages(db, 0, until)) return row ?? null;
  return null;
}

/**
 * Where the walk begins. What came before the oldest row has expired, so its word for the hash before it is taken: the
 * hashes of all that follow, up to those that the hub signed, depend on it.
 */
function placeBefore(start: ChainedEntry | null, head: Place): Place {
  if (start === null) return head;
  return { position: start.position - 1, hash: start.position === 1 ? GENESIS : start.previous };
}

/** Rows may be missing at the begin only as far as the hub signed that they were to expire. */
function missingBegin(start: ChainedEntry | null, first: number, end: number): Finding | null {
  const begin = start?.position ?? end + 1;
  if (begin <= first) return null;
  return {
    kind: 'missing',
    position: first,
    id: null,
    detail: `${rowsThat('are', first, begin - 1)} missing: only rows before ${first} have expired`,
  };
}

/** The chain is whole in itself, but the anchor is of another one. */
function mismatch(anchor: Anchor, row: ChainedEntry, effective: readonly Anchor[]): Finding {
  const before = effective.filter(({ position }) => position < anchor.position).at(-1)?.position ?? 0;
  return {
    kind: 'anchor-mismatch',
    position: row.position,
    id: row.id,
    detail: `anchor ${anchor.number} is of another row ${row.position}: ${rowsThat('were', before + 1, row.position)} written anew after it was made`,
  };
}
