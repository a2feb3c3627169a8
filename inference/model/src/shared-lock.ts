interface Waiter {
  isAlone: boolean;
  admit: () => void;
}

/** Work side by side, or one piece of it alone; served in order, so that neither kind waits for ever. */
export class SharedLock {
  readonly #waiters: Waiter[] = [];
  #working = 0;
  #isTaken = false;

  /** Runs while others share, never beside one that is alone. */
  shared<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#run(false, work);
  }

  /** Runs when all that began before has ended, with nothing beside it. */
  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#run(true, work);
  }

  async #run<Result>(isAlone: boolean, work: () => Promise<Result>): Promise<Result> {
    await new Promise<void>((resolve) => {
      this.#waiters.push({ isAlone, admit: resolve });
      this.#admit();
    });
    try {
      return await work();
    } finally {
      this.#working -= 1;
      if (isAlone) this.#isTaken = false;
      this.#admit();
    }
  }

  #admit(): void {
    for (let next = this.#waiters[0]; next !== undefined; next = this.#waiters[0]) {
      if (this.#isTaken || (next.isAlone && this.#working > 0)) return;
      this.#waiters.shift();
      this.#working += 1;
      this.#isTaken = next.isAlone;
      next.admit();
    }
  }
}
