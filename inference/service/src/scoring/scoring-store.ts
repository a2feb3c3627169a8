import type { ObjectStore } from '@hilum/runtime';

/** Port: the little of an object store that scoring needs. It may not list the intake or delete anything. */
export type ScoringStore = Pick<ObjectStore, 'head' | 'get' | 'put' | 'listKeys'>;
