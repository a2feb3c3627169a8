import type { OutboxStore, SequencedEvent } from './outbox-store.js';

export class FakeOutboxStore implements OutboxStore {
  readonly #pending: SequencedEvent[];
  deletedBefore: Date | undefined;

  constructor(events: readonly SequencedEvent[]) {
    this.#pending = [...events];
  }

  append(events: readonly SequencedEvent[]): void {
    this.#pending.push(...events);
  }

  pending(limit: number): Promise<SequencedEvent[]> {
    return Promise.resolve(this.#pending.slice(0, limit));
  }

  markPublished(sequences: readonly number[]): Promise<void> {
    const gone = new Set(sequences);
    const rest = this.#pending.filter(({ sequence }) => !gone.has(sequence));
    this.#pending.splice(0, this.#pending.length, ...rest);
    return Promise.resolve();
  }

  deletePublishedBefore(time: Date): Promise<number> {
    this.deletedBefore = time;
    return Promise.resolve(0);
  }
}
