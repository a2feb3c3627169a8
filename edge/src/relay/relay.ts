import { encodeKafkaEvent } from '@hilum/contracts';
import type { KafkaMessage, Publisher } from '@hilum/runtime';
import type { HubBoundEvent } from './de-identify.js';
import type { OutboxStore, SequencedEvent } from './outbox-store.js';
import { coarseTime, type TimePrecision } from './time-precision-rule.js';

const BATCH = 500;
const RETENTION_MS = 30 * 86_400_000;
const CLEANING_INTERVAL_MS = 3_600_000;

/**
 * Publishes hub-bound events in the order of their sequence. An event is marked published after the broker confirmed
 * it; a crash in between publishes it again, which the hub knows by its id.
 */
export class Relay {
  readonly #outbox: OutboxStore;
  readonly #publisher: Publisher;
  readonly #precision: TimePrecision;
  readonly #now: () => number;
  #cleanedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: { outbox: OutboxStore; publisher: Publisher; precision: TimePrecision; now?: () => number }) {
    this.#outbox = options.outbox;
    this.#publisher = options.publisher;
    this.#precision = options.precision;
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
      if (events.length === 0) break;
      for (const run of runsOfOneTopic(events)) {
        const [first] = run;
        if (first !== undefined)
          await this.#publisher.publish(
            first.topic,
            run.map((e) => this.#message(e)),
          );
        await this.#outbox.markPublished(run.map(({ sequence }) => sequence));
        published += run.length;
      }
    }
    await this.#clean();
    return published;
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
