/**
 * Work finishes in any order, offsets are committed in order: the commit moves up to the first message that is not
 * done. One commit is under way at a time; what finishes meanwhile goes with the next.
 */
export class InOrderCommit {
  readonly #offsets: readonly string[];
  readonly #commit: (nextOffset: string) => Promise<void>;
  readonly #done = new Set<string>();
  #next = 0;
  #committed = 0;
  #running: Promise<void> = Promise.resolve();

  /** @param commit told the offset to continue from, one past the last that is done */
  constructor(offsets: readonly string[], commit: (nextOffset: string) => Promise<void>) {
    this.#offsets = offsets;
    this.#commit = commit;
  }

  /** Marks one offset as done. Rejects when a commit fails; the group then reads from the last commit again. */
  async done(offset: string): Promise<void> {
    this.#done.add(offset);
    while (this.#next < this.#offsets.length && this.#done.has(this.#offsets[this.#next] ?? '')) this.#next += 1;
    this.#running = this.#running.then(() => this.#commitUpToNext());
    await this.#running;
  }

  /** Resolves when nothing is left to commit. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #commitUpToNext(): Promise<void> {
    if (this.#next === this.#committed) return;
    const upTo = this.#next;
    await this.#commit((BigInt(this.#offsets[upTo - 1] ?? '0') + 1n).toString());
    this.#committed = upTo;
  }
}
