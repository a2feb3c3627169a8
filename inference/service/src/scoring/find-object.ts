import type { CreatedObject } from '@hilum/contracts';
import type { ListedObject, ObjectHead } from '@hilum/runtime';
import type { ScoringStore } from './scoring-store.js';

export type FoundObject =
  | { kind: 'found'; head: ObjectHead }
  /** The store lists it, but gives nothing by the name that it lists: the name is no text, or XML cannot hold it. */
  | { kind: 'unreachable'; head: ObjectHead }
  | { kind: 'gone' };

/** Names with empty, `.` or `..` parts: stores on a file system take them for a shorter one. */
const SHORTENED = /(^|\/)\.{0,2}(\/|$)/;
/** Stands in a list for what a list cannot hold. */
const STAND_IN = '\ufffd';

/**
 * The object that a notification names. HEAD tells, but for two kinds of odd names the bucket's list has the last word,
 * since it is what the reconciler goes by:
 * - a name that the store shortens would make two images of one object, so it counts only under the name in the list;
 * - what is listed under a name that cannot be asked for would never have an outcome.
 * @throws StoreUnavailableError
 */
export async function findObject(object: CreatedObject, store: ScoringStore): Promise<FoundObject> {
  const { bucket, key, versionId } = object;
  const head = await store.head(bucket, key, versionId);
  if (head !== null) {
    const isListed = !SHORTENED.test(key) || (await store.listKeys(bucket, key, 1)).includes(key);
    return isListed ? { kind: 'found', head } : { kind: 'gone' };
  }
  const listed = key.includes(STAND_IN) ? await listedAs(object, store) : null;
  return listed === null ? { kind: 'gone' } : { kind: 'unreachable', head: headOf(listed) };
}

async function listedAs({ bucket, key, eTag }: CreatedObject, store: ScoringStore): Promise<ListedObject | null> {
  // only what comes before the stand-in is surely in the name that the store has
  for await (const page of store.listPages(bucket, key.slice(0, key.indexOf(STAND_IN)))) {
    const match = page.find((candidate) => candidate.key === key && (eTag === null || candidate.eTag === eTag));
    if (match !== undefined) return match;
  }
  return null;
}

function headOf({ bytes, eTag, versionId, lastModified }: ListedObject): ObjectHead {
  return { bytes, eTag, versionId, lastModified, contentType: null, metadata: {} };
}
