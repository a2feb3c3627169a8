import type { ComponentState, SiteHeartbeat } from '@hilum/contracts';
import type { SiteNumbers, SiteNumbersStore } from './site-numbers-store.js';

export const COMPONENTS = ['store', 'kafka', 'database', 'inference'] as const;
export type Component = (typeof COMPONENTS)[number];

export interface HeartbeatOptions {
  numbers: SiteNumbersStore;
  backlog: () => { images: number; oldestAgeSeconds: number };
  /** records in the dead-letter topic that nobody has settled */
  deadLetters: () => Promise<number>;
  /** each resolves when its component answers; `database` is judged by the numbers */
  checks: Record<Exclude<Component, 'database'>, (signal: AbortSignal) => Promise<unknown>>;
  publish: (heartbeat: Omit<SiteHeartbeat, 'site'>) => Promise<void>;
  onStatus: (status: Readonly<Record<Component, ComponentState>>) => void;
  appVersion: string;
  checkTimeoutMs: number;
  now?: () => number;
}

/**
 * So long after this process's start a component that has not answered yet is `unknown`, not `down`: all of a site's
 * processes start together, and an alarm at every start would teach people to pass over alarms.
 */
export const STARTING_MS = 30_000;

const NO_NUMBERS: SiteNumbers = {
  publishedSequence: 0,
  outboxPending: 0,
  relayLagSeconds: 0,
  scored: 0,
  unreadable: 0,
  latencyBuckets: [],
  model: null,
};

/**
 * Says how the site is. Just when something is away it matters most, so every part has its own short time to answer,
 * and what cannot be asked is told as last known.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  readonly #now: () => number;
  readonly #startedAt: number;
  #numbers = NO_NUMBERS;
  #deadLetters = 0;
  #status: Readonly<Record<Component, ComponentState>> = {
    store: 'unknown',
    kafka: 'unknown',
    database: 'unknown',
    inference: 'unknown',
  };

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#startedAt = this.#now();
  }

  /** As last known. */
  get numbers(): SiteNumbers {
    return this.#numbers;
  }

  /** Open ones, as last known. */
  get deadLetters(): number {
    return this.#deadLetters;
  }

  get status(): Readonly<Record<Component, ComponentState>> {
    return this.#status;
  }

  /** @throws KafkaUnavailableError: without the site's broker nothing can leave */
  async beat(): Promise<void> {
    const { checks, numbers, deadLetters, backlog, appVersion } = this.#options;
    const [store, kafka, database, inference] = await Promise.all([
      this.#check(checks.store),
      this.#check(checks.kafka),
      this.#check(async () => {
        this.#numbers = await numbers.read();
      }),
      this.#check(checks.inference),
      this.#check(async () => {
        this.#deadLetters = await deadLetters();
      }),
    ]);
    this.#status = this.#judge({ store, kafka, database, inference });
    this.#options.onStatus(this.#status);
    const { images, oldestAgeSeconds } = backlog();
    const known = this.#numbers;
    await this.#options.publish({
      sequence: known.publishedSequence,
      at: new Date(this.#now()).toISOString(),
      backlog: images,
      oldestUnscoredAgeSeconds: Math.round(oldestAgeSeconds),
      deadLetters: this.#deadLetters,
      outboxPending: known.outboxPending,
      scored: known.scored,
      unreadable: known.unreadable,
      latencyBuckets: known.latencyBuckets,
      model: known.model,
      appVersion,
      status: this.#status,
    });
  }

  #judge(checked: Readonly<Record<Component, ComponentState>>): Readonly<Record<Component, ComponentState>> {
    const isStarting = this.#now() - this.#startedAt < STARTING_MS;
    const judged = COMPONENTS.map((name) => {
      const isNotSeenYet = checked[name] === 'down' && this.#status[name] === 'unknown';
      return [name, isStarting && isNotSeenYet ? 'unknown' : checked[name]];
    });
    return Object.fromEntries(judged) as Record<Component, ComponentState>;
  }

  async #check(ask: (signal: AbortSignal) => Promise<unknown>): Promise<ComponentState> {
    const signal = AbortSignal.timeout(this.#options.checkTimeoutMs);
    const late = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('no answer in time')));
    });
    try {
      await Promise.race([ask(signal), late]);
      return 'up';
    } catch {
      return 'down';
    }
  }
}
