import type { FleetSource } from '../compliance/compliance-state.js';
import type { Fleet, FleetChange, FleetView } from './fleet.js';

/** A fleet that tells what a test says. */
export class FakeFleet implements Fleet {
  readonly source: FleetSource;
  readonly #waiting: ((tell: (changes: readonly FleetChange[]) => Promise<void>) => void)[] = [];
  #tell: ((changes: readonly FleetChange[]) => Promise<void>) | null = null;
  #views: FleetView[];

  constructor(source: FleetSource, views: FleetView[] = []) {
    this.source = source;
    this.#views = views;
  }

  views(): FleetView[] {
    return this.#views;
  }

  show(views: FleetView[]): void {
    this.#views = views;
  }

  follow(tell: (changes: readonly FleetChange[]) => Promise<void>, signal: AbortSignal): Promise<void> {
    this.#tell = tell;
    for (const start of this.#waiting.splice(0)) start(tell);
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  }

  /** Resolves when what was told is durable, once somebody follows. */
  async tell(...changes: FleetChange[]): Promise<void> {
    const tell =
      this.#tell ??
      (await new Promise<(told: readonly FleetChange[]) => Promise<void>>((resolve) => this.#waiting.push(resolve)));
    await tell(changes);
  }
}
