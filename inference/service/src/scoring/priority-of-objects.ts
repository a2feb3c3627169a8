import { PRIORITIES, priority, type CreatedObject, type Priority } from '@hilum/contracts';
import type { ObjectHead } from '@hilum/runtime/core';
import type { ScoringStore } from './scoring-store.js';

/** Stores notify of one object at a time; of an event that names very many it is not worth asking for all. */
const MOST_ASKED = 8;

/** What whoever put the object said of it, `routine` when nothing that is known. */
export function priorityOf(head: ObjectHead): Priority {
  return priority.safeParse(head.metadata['priority']).data ?? 'routine';
}

/**
 * The highest among the first few of these objects.
 * @throws StoreUnavailableError
 */
export async function priorityOfObjects(
  objects: readonly CreatedObject[],
  store: Pick<ScoringStore, 'head'>,
): Promise<Priority> {
  let highest = 0;
  for (const { bucket, key, versionId } of objects.slice(0, MOST_ASKED)) {
    const head = await store.head(bucket, key, versionId);
    if (head !== null) highest = Math.max(highest, PRIORITIES.indexOf(priorityOf(head)));
    if (highest === PRIORITIES.length - 1) break;
  }
  return PRIORITIES[highest] ?? 'routine';
}
