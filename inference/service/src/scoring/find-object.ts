import type { CreatedObject } from '@hilum/contracts';
import type { ListedObject, ObjectHead } from '@hilum/runtime/core';
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
 * Up to so many pages (of 1000 objects, as a rule) are searched for one name. A name that begins with a stand-in could be
 * anywhere, and to go through a whole bucket for each notification of it would hold up all others.
 */
export const MAX_SEARCH_PAGES = 10;

/**
 * The object that a notification names. HEAD tells, but for two kinds of odd names the bucket's list has the last word,
 * since it is what the reconciler goes by:
 * - a name that the store shortens would make two images of one object, so it counts only under the name in the list;
 * - what is listed under a name that cannot be asked for would never have an outcome. Where the list is too long to
 *   search, what the reconciler says of it counts, for it comes from there; to anything else the object is gone.
 * @throws StoreUnavailableError
 */
export async function findObject(object: CreatedObject, store: ScoringStore): Promise<FoundObject> {
  const { key } = object;
  const head = await store.head(object.bucket, key, object.versionId);
  if (head !== null) return !SHORTENED.test(key) || (await isListed(object, store)) ? { kind: 'found', head } : GONE;
  if (!key.includes(STAND_IN)) return GONE;
  // only what comes before the stand-in is surely in the name that the store has
  const search = await searchFor(object, key.slice(0, key.indexOf(STAND_IN)), store);
  if (search.kind === 'listed') return { kind: 'unreachable', head: headOf(search.object) };
  const told = search.kind === 'too-long' ? toldByReconciler(object) : null;
  return told === null ? GONE : { kind: 'unreachable', head: headOf(told) };
}

const GONE: FoundObject = { kind: 'gone' };

async function isListed(object: CreatedObject, store: ScoringStore): Promise<boolean> {
  const { bucket, key, versionId } = object;
  if (versionId === null) return (await store.listKeys(bucket, key, 1)).includes(key);
  // a version may lie behind a newer one or a delete marker, where only a list of versions sees it
  return (await searchFor(object, key, store)).kind === 'listed';
}

type Search = { kind: 'listed'; object: ListedObject } | { kind: 'not-listed' } | { kind: 'too-long' };

async function searchFor(
  { bucket, key, eTag, versionId }: CreatedObject,
  prefix: string,
  store: ScoringStore,
): Promise<Search> {
  let pages = 0;
  for await (const page of store.listPages(bucket, prefix)) {
    const match = page.find(
      (candidate) =>
        candidate.key === key &&
        (eTag === null || candidate.eTag === eTag) &&
        (versionId === null || candidate.versionId === versionId),
    );
    if (match !== undefined) return { kind: 'listed', object: match };
    pages += 1;
    if (pages === MAX_SEARCH_PAGES) return { kind: 'too-long' };
  }
  return { kind: 'not-listed' };
}

function toldByReconciler({ key, eTag, versionId, eventTime, listedBytes }: CreatedObject): ListedObject | null {
  if (listedBytes === undefined || eTag === null || eventTime === null) return null;
  return { key, eTag, versionId, bytes: listedBytes, lastModified: new Date(eventTime) };
}

function headOf({ bytes, eTag, versionId, lastModified }: ListedObject): ObjectHead {
  return { bytes, eTag, versionId, lastModified, contentType: null, metadata: {} };
}
