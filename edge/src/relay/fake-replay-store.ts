import type { SequencedEvent } from './outbox-store.js';
import { rangesToNote } from './replay-rule.js';
import type { RelayState, ReplayBatch, ReplayStore } from './replay-store.js';

/** An outbox whose events were all published once. */
export class FakeReplayStore implements ReplayStore {
  readonly asked: { id: number; next: number; last: number }[] = [];
  readonly #kept: readonly SequencedEvent[];
  readonly #sequence: number;
  #ids = 0;

  constructor(kept: readonly SequencedEvent[], sequence: number = kept.at(-1)?.sequence ?? 0) {
    this.#kept = kept;
    this.#sequence = sequence;
  }

  state(): Promise<RelayState> {
    const replaying = this.asked.reduce((sum, { next, last }) => sum + this.#within(next, last).length, 0);
    return Promise.resolve({
      sequence: this.#sequence,
      published: this.#sequence,
      pending: replaying,
      replaying,
      oldestKept: this.#kept[0]?.sequence ?? null,
      newest: this.#kept.at(-1)?.sequence ?? null,
    });
  }

  ask(first: number, last: number): Promise<number> {
    const waiting = this.asked.map(({ id, next, last: to }) => ({ id, from: next, to }));
    const { longer, added } = rangesToNote({ from: first, to: last }, waiting);
    for (const { id, to } of longer) for (const replay of this.asked) if (replay.id === id) replay.last = to;
    for (const { from, to } of added) {
      this.#ids += 1;
      this.asked.push({ id: this.#ids, next: from, last: to });
    }
    return Promise.resolve(this.#within(first, last).length);
  }

  next(limit: number): Promise<ReplayBatch | null> {
    const [replay] = this.asked;
    if (replay === undefined) return Promise.resolve(null);
    const events = this.#within(replay.next, replay.last).slice(0, limit);
    const last = events.at(-1);
    const through = events.length < limit || last === undefined ? replay.last : last.sequence;
    return Promise.resolve({ id: replay.id, events, through });
  }

  done({ id, through }: Pick<ReplayBatch, 'id' | 'through'>): Promise<void> {
    const index = this.asked.findIndex((replay) => replay.id === id);
    const replay = this.asked[index];
    if (replay !== undefined && replay.last <= through) this.asked.splice(index, 1);
    else if (replay !== undefined) replay.next = through + 1;
    return Promise.resolve();
  }

  #within(first: number, last: number): SequencedEvent[] {
    return this.#kept.filter(({ sequence }) => sequence >= first && sequence <= last);
  }
}
