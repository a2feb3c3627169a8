import type { Queryable } from '@hilum/runtime';
import { chainPages, isSignedHead, type SignedHead } from './audit-chain.js';
import { CHAINED_COLUMNS, hashOfEntry, type ChainedEntry } from './audit-entry.js';
import type { AuditKeys } from './audit-key.js';
import { rowsThat } from './counted.js';

export const FINDING_KINDS = [
  'changed',
  'missing',
  'inserted',
  'reordered',
  'cut-off',
  'unsigned-end',
  'anchor-missing',
  'anchor-invalid',
  'anchor-mismatch',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** The first thing that is wrong with a log. */
export interface Finding {
  kind: FindingKind;
  /** the place in the log where it begins */
  position: number;
  /** of the row there; null when there is none */
  id: string | null;
  /** in one sentence, for people */
  detail: string;
}

/** A place in the log with its hash. */
export interface Place {
  position: number;
  hash: string;
}

/** Rows on either side that are looked at to tell what happened to a bad one. */
const WINDOW = 1_000;

/**
 * Walks the log from a place that is known to be good to its end, recomputes every hash on the way, and compares the end
 * with what the hub signed. A page of rows is in memory at a time.
 * @param onRow told of each good row in turn; what it returns ends the walk
 * @returns null when every row is what it was when it was chained, and none is behind the end
 */
export async function checkChain(
  db: Queryable,
  from: Place,
  head: SignedHead,
  keys: AuditKeys,
  onRow: (row: ChainedEntry) => Finding | null = () => null,
): Promise<Finding | null> {
  const until = head.position;
  let before: Pick<ChainedEntry, 'position' | 'hash'> & { id: string | null } = { ...from, id: null };
  const finding = await walkChain(db, from, until, (row) => {
    before = row;
    return onRow(row);
  });
  if (finding !== null) return finding;
  if (before.position < until) return cutOff(before.position, `${until} was chained`);
  if (!isSignedHead(head, keys))
    return {
      kind: 'unsigned-end',
      position: until,
      id: before.id,
      detail: `the hub did not sign that the log ends at row ${until} with the hash that audit_head says`,
    };
  if (before.hash !== head.hash)
    return changed({ position: before.position, id: before.id ?? '' }, 'the hub signed another hash for the end');
  if (head.lastRow <= until) return null;
  for await (const [row] of chainPages(db, until, head.lastRow))
    if (row !== undefined) return inserted(row, `the hub signed that the log ends at row ${until}`);
  return null;
}

/** The same up to a row in the middle: nothing is said of where it ends. */
export async function walkChain(
  db: Queryable,
  from: Place,
  until: number,
  onRow: (row: ChainedEntry) => Finding | null = () => null,
): Promise<Finding | null> {
  let before: Place & { id: string | null } = { ...from, id: null };
  for await (const page of chainPages(db, from.position, until)) {
    for (const row of page) {
      if (row.position === before.position) return inserted(row, 'a second row has its place');
      if (row.position > before.position + 1)
        return missing(before.position + 1, row.position - 1, `the next one that is there is ${row.position}`);
      if (row.previous !== before.hash || hashOfEntry(row) !== row.hash) return diagnose(db, before, row);
      const finding = onRow(row);
      if (finding !== null) return finding;
      before = { position: row.position, hash: row.hash, id: row.id };
    }
  }
  return null;
}

/** @param end the last row there is */
export function cutOff(end: number, why: string): Finding {
  return {
    kind: 'cut-off',
    position: end + 1,
    id: null,
    detail: `the log ends at row ${end}, and ${why}: what came after is gone`,
  };
}

/** What happened to the first row that does not fit: told by the rows around, each of which says where it was chained. */
async function diagnose(db: Queryable, before: Place & { id: string | null }, row: ChainedEntry): Promise<Finding> {
  const { position } = row;
  const rows = await around(db, position);
  const others = rows.filter((other) => other.position !== position || other.id !== row.id);
  // the row that was chained here, if it is still there under another number
  const original = others.find(
    (other) => other.previous === before.hash && hashOfEntry({ ...other, position }) === other.hash,
  );
  const isWhole = hashOfEntry(row) === row.hash;
  const chainedAs = isWhole ? position : numberThatFits(row, rows);
  if (original !== undefined)
    return chainedAs === null || chainedAs === position
      ? inserted(row, `the row that was chained here now has the number ${original.position}`)
      : reordered(
          row,
          `it was chained as ${chainedAs}, and what was chained here now has the number ${original.position}`,
        );
  if (chainedAs !== null && chainedAs > position)
    return missing(position, chainedAs - 1, `what was chained as ${chainedAs} now has the number ${position}`);
  if (chainedAs !== null && chainedAs < position) {
    const stranger = rows.find((other) => other.position === chainedAs);
    if (stranger !== undefined)
      return inserted(stranger, `the row that was chained there now has the number ${position}`);
  }
  const source = others.find((other) => hashOfEntry({ ...other, ...placeOf(row) }) === row.hash);
  if (source !== undefined)
    return reordered(row, `it holds something else, and what was chained here is now in the row ${source.position}`);
  // whole in itself, but chained onto another row than the one before it: that one was written anew with a hash that fits
  if (isWhole && before.id !== null)
    return changed(
      { position: before.position, id: before.id },
      `row ${position} was chained onto another content of it`,
    );
  return changed(
    row,
    isWhole ? 'it is chained onto another row than the one before it' : 'its hash is of another content',
  );
}

async function around(db: Queryable, position: number): Promise<ChainedEntry[]> {
  const { rows } = await db.query<ChainedEntry & Record<string, unknown>>(
    `select ${CHAINED_COLUMNS} from audit where position between $1 and $2
      order by audit.position, audit.id collate "C" limit ${4 * WINDOW}`,
    [position - WINDOW, position + WINDOW],
  );
  return rows;
}

/** The number under which a row's content has its hash; null when it has it under none nearby. */
function numberThatFits(row: ChainedEntry, rows: readonly ChainedEntry[]): number | null {
  const numbers = new Set(rows.flatMap(({ position }) => [position, position + 1, position - 1]));
  return [...numbers].find((position) => hashOfEntry({ ...row, position }) === row.hash) ?? null;
}

function placeOf({
  position,
  previous,
  chainedAt,
}: ChainedEntry): Pick<ChainedEntry, 'position' | 'previous' | 'chainedAt'> {
  return { position, previous, chainedAt };
}

type Named = Pick<ChainedEntry, 'position' | 'id'>;

function changed({ position, id }: Named, why: string): Finding {
  return { kind: 'changed', position, id, detail: `row ${position} was changed after it was chained: ${why}` };
}

function inserted({ position, id }: Named, why: string): Finding {
  return { kind: 'inserted', position, id, detail: `row ${position} was inserted: ${why}` };
}

function reordered({ position, id }: Named, why: string): Finding {
  return { kind: 'reordered', position, id, detail: `row ${position} was moved: ${why}` };
}

function missing(first: number, last: number, why: string): Finding {
  return { kind: 'missing', position: first, id: null, detail: `${rowsThat('are', first, last)} missing: ${why}` };
}
