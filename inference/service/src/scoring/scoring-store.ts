import type { ObjectStore } from '@hilum/runtime/core';

/** Port: the little of an object store that scoring needs. The intake is listed for odd names only; nothing is deleted. */
export type ScoringStore = Pick<ObjectStore, 'head' | 'get' | 'put' | 'listKeys' | 'listPages'>;
