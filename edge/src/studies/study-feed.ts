import type { StudyStore, StudySummary } from './study-store.js';

/** Told of changed studies in the order of their revision. */
export type StudyListener = (studies: readonly StudySummary[]) => void;

const BATCH = 200;

/** One look at the database for everybody who watches the list. */
export class StudyFeed {
  readonly #store: StudyStore;
  readonly #listeners = new Set<StudyListener>();
  /** Null until the first round: what happened before is nobody's news. */
  #revision: number | null = null;

  constructor(store: StudyStore) {
    this.#store = store;
  }

  get watchers(): number {
    return this.#listeners.size;
  }

  subscribe(listener: StudyListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners what has changed since the last round. */
  async round(): Promise<void> {
    this.#revision ??= await this.#store.latestRevision();
    for (;;) {
      const changed = await this.#store.changedAfter(this.#revision, BATCH);
      this.#revision = changed.at(-1)?.revision ?? this.#revision;
      if (changed.length > 0) for (const listener of this.#listeners) listener(changed);
      if (changed.length < BATCH) return;
    }
  }
}
