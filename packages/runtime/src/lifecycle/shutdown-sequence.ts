import { setTimeout as delay } from 'node:timers/promises';

export interface ShutdownReport {
  problems: { step: string; error: unknown }[];
  inTime: boolean;
}

/**
 * Stop steps, run once, last registered first, all within one deadline. A step that fails does not keep the others
 * from running. States: idle → stopping (signal aborted) → stopped.
 */
export class ShutdownSequence {
  readonly #steps: { name: string; stop: () => Promise<void> | void }[] = [];
  readonly #controller = new AbortController();
  readonly #deadlineMs: number;
  #report: Promise<ShutdownReport> | undefined;

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  get stopping(): AbortSignal {
    return this.#controller.signal;
  }

  add(name: string, stop: () => Promise<void> | void): void {
    this.#steps.push({ name, stop });
  }

  /** Idempotent: later calls await the first. */
  run(): Promise<ShutdownReport> {
    this.#report ??= this.#runOnce();
    return this.#report;
  }

  async #runOnce(): Promise<ShutdownReport> {
    this.#controller.abort();
    const problems: ShutdownReport['problems'] = [];
    const steps = (async () => {
      for (const { name, stop } of this.#steps.reverse()) {
        try {
          await stop();
        } catch (error) {
          problems.push({ step: name, error });
        }
      }
      return true;
    })();
    const timer = new AbortController();
    const deadline = delay(this.#deadlineMs, false, { signal: timer.signal }).catch(() => false);
    const inTime = await Promise.race([steps, deadline]);
    timer.abort();
    return { problems, inTime };
  }
}
