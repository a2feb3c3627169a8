import { parseMirroredTopic } from '@hilum/contracts';

export interface TopicWatchOptions {
  listTopics: () => Promise<string[]>;
  /** Changes what is consumed; does nothing when that is the same as before. */
  consume: (topics: readonly string[]) => Promise<void>;
  addSites: (names: readonly string[], now: Date) => Promise<void>;
  now: () => number;
}

/** Asks the broker again and again which sites' topics exist, and lets the consumer follow. */
export class TopicWatch {
  readonly #options: TopicWatchOptions;
  #consumed: string | undefined;
  #lastSeen: string | undefined;
  #listeningSince: number | null = null;

  constructor(options: TopicWatchOptions) {
    this.#options = options;
  }

  /** Milliseconds since the epoch since when the broker has answered without a failure; null while it does not. */
  get listeningSince(): number | null {
    return this.#listeningSince;
  }

  /** @throws when the broker or the database is away; the next round tries again */
  async round(): Promise<void> {
    const { listTopics, consume, addSites, now } = this.#options;
    try {
      const topics = (await listTopics()).filter((name) => parseMirroredTopic(name) !== null).sort();
      const seen = topics.join();
      // Every change interrupts the whole group for a moment, and a new site's topics are made one after another: so
      // a change is followed once it has stood still for a round. At the start there is nothing to interrupt.
      if (this.#consumed === undefined || seen === this.#lastSeen) {
        await addSites([...new Set(topics.map((name) => parseMirroredTopic(name)?.site ?? ''))], new Date(now()));
        await consume(topics);
        this.#consumed = seen;
      }
      this.#lastSeen = seen;
      this.#listeningSince ??= now();
    } catch (error) {
      this.#listeningSince = null;
      throw error;
    }
  }
}
