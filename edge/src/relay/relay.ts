import { encodeKafkaEvent } from '@hilum/contracts';
import { wait, type KafkaMessage, type Publisher } from '@hilum/runtime';
import type { HubBoundEvent } from './de-identify.js';
import type { OutboxStore, SequencedEvent } from './outbox-store.js';
import type { ReplayStore } from './replay-store.js';
import { coarseTime, type TimePrecision } from './time-precision-rule.js';

const BATCH = 500;
/**
 * What is sent again goes out at 2000 events a second at most: mirror and hub keep up with that, so that a new result
 * does not queue up behind it there.
 */
const REPLAY_BATCH = 100;
const REPLAY_PAUSE_MS = 50;
const RETENTION_MS = 30 * 86_400_000;
const CLEANING_INTERVAL_MS = 3_600_000;

/**
 * Publishes hub-bound events in the order of their sequence. An event is marked published after the broker confirmed
 * it; a crash in between publishes it again, which the hub knows by its id. New events go before those to be sent again.
 */
export class Relay {
  readonly #outbox: OutboxStore;
  readonly #replays: ReplayStore;
  readonly #publisher: Publisher;
  readonly #precision: TimePrecision;
  readonly #wait: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly #now: () => number;
  #cleanedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: {
    outbox: OutboxStore;
    replays: ReplayStore;
    publisher: Publisher;
    precision: TimePrecision;
    wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
    now?: () => number;
  }) {
    this.#outbox = options.outbox;
    this.#replays = options.replays;
    this.#publisher = options.publisher;
    this.#precision = options.precision;
    this.#wait = options.wait ?? wait;
    this.#now = options.now ?? Date.now;
  }

  /**
   * Publishes until nothing is left or the signal aborts; how many events it was.
   * @throws KafkaUnavailableError, or a database error: to be tried again
   */
  async drain(signal: AbortSignal): Promise<number> {
    let published = 0;
    while (!signal.aborted) {
      const events = await this.#outbox.pending(BATCH);
      for (const run of runsOfOneTopic(events)) {
        await this.#publish(run);
        await this.#outbox.markPublished(run.map(({ sequence }) => sequence));
        published += run.length;
      }
      if (events.length > 0) continue;
      const again = await this.#replays.next(REPLAY_BATCH);
      if (again === null) break;
      for (const run of runsOfOneTopic(again.events)) await this.#publish(run);
      await this.#replays.done(again);
      published += again.events.length;
      await this.#wait(REPLAY_PAUSE_MS, signal);
    }
    await this.#clean();
    return published;
  }

  async #publish(run: readonly SequencedEvent[]): Promise<void> {
    const [first] = run;
    if (first === undefined) return;
    await this.#publisher.publish(
      first.topic,
      run.map((event) => this.#message(event)),
    );
  }

  #message(event: HubBoundEvent): KafkaMessage {
    return hubBoundMessage(event, this.#precision, this.#now());
  }

  /** Published events are kept for replays, but not for ever. */
  async #clean(): Promise<void> {
    const now = this.#now();
    if (now - this.#cleanedAtMs < CLEANING_INTERVAL_MS) return;
    await this.#outbox.deletePublishedBefore(new Date(now - RETENTION_MS));
    this.#cleanedAtMs = now;
  }
}

/**
 * The Kafka record of a hub-bound event. The record's own time is mirrored too, so where a site makes times coarse it
 * must be as coarse as those inside.
 */
export function hubBoundMessage({ key, event }: HubBoundEvent, precision: TimePrecision, nowMs: number): KafkaMessage {
  const message = { key, ...encodeKafkaEvent(event) };
  return precision === 'exact' ? message : { ...message, timestampMs: Date.parse(coarseTime(nowMs, precision)) };
}

/** Cuts a list into stretches of the same topic, keeping the order: a publish is for one topic. */
function runsOfOneTopic(events: readonly SequencedEvent[]): SequencedEvent[][] {
  const runs: SequencedEvent[][] = [];
  for (const event of events) {
    const last = runs.at(-1);
    if (last?.[0]?.topic === event.topic) last.push(event);
    else runs.push([event]);
  }
  return runs;
}
