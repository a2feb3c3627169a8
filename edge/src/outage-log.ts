import type { Logger } from '@hilum/runtime';

/** Tells of an outage once when it begins and once when it ends, however often the work is tried meanwhile. */
export class OutageLog {
  readonly #log: Logger;
  readonly #what: string;
  #isOut = false;

  /** @param what the subject of the messages, such as "the relay" */
  constructor(log: Logger, what: string) {
    this.#log = log;
    this.#what = what;
  }

  failed(error: unknown): void {
    if (!this.#isOut) this.#log.warn({ err: error }, `${this.#what} is held up`);
    this.#isOut = true;
  }

  worked(): void {
    if (this.#isOut) this.#log.info(`${this.#what} works again`);
    this.#isOut = false;
  }
}
