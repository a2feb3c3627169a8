import type { Clock } from './clock.js';

/** A clock that moves when a test says so. */
export class FakeClock implements Clock {
  #now = 0;
  #sleepers: { until: number; wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (ms <= 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const onAbort = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve(false);
      };
      const wake = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve(true);
      };
      const sleeper = { until: this.#now + ms, wake };
      this.#sleepers.push(sleeper);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** When the next sleeper wakes; null when nobody sleeps. */
  get nextWake(): number | null {
    return this.#sleepers.length === 0 ? null : Math.min(...this.#sleepers.map(({ until }) => until));
  }

  /** Moves on to the next sleeper's time and wakes who sleeps until then. */
  tick(): void {
    const { nextWake } = this;
    if (nextWake === null) throw new Error('nobody waits for this clock');
    this.#now = nextWake;
    const woken = this.#sleepers.filter(({ until }) => until <= nextWake);
    this.#sleepers = this.#sleepers.filter(({ until }) => until > nextWake);
    for (const { wake } of woken) wake();
  }
}
