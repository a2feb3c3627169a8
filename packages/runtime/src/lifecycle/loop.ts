import { wait } from './backoff.js';

/**
 * Work that is done again and again: at the interval, or sooner when woken. A wake during a round is kept as a flag,
 * so that what arrived after the round looked is not left until the next interval.
 */
export class Loop {
  readonly #round: (signal: AbortSignal) => Promise<void>;
  readonly #intervalMs: number;
  readonly #onError: (error: unknown) => void;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #isWoken = false;
  #running: Promise<void> | undefined;

  constructor(options: {
    round: (signal: AbortSignal) => Promise<void>;
    intervalMs: number;
    /** A failed round is reported and tried again at the next interval. */
    onError: (error: unknown) => void;
  }) {
    this.#round = options.round;
    this.#intervalMs = options.intervalMs;
    this.#onError = options.onError;
  }

  /** Begins with a round at once. */
  start(): void {
    this.#running ??= this.#run();
  }

  wake(): void {
    this.#isWoken = true;
    this.#wake.abort();
  }

  /** Idempotent; resolves when the round under way has ended. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#isWoken = false;
      this.#wake = new AbortController();
      try {
        await this.#round(this.#stop.signal);
      } catch (error) {
        this.#onError(error);
      }
      if (!this.#isWoken) await wait(this.#intervalMs, this.#wake.signal);
    }
  }
}
