import { STUDY_SCORED_TYPE, decodeKafkaEvent, studyScored, type StudyScored } from '@hilum/contracts';
import {
  counter,
  type Counter,
  type HandleBatch,
  type Logger,
  type ReceivedMessage,
  type Registry,
  isNotStorable,
} from '@hilum/runtime';
import type { StudyStore } from './study-store.js';

/**
 * Takes in scored images. When a batch is handled all of it is in the database: results, outbox, notifications. What
 * cannot be read or stored is noted without its content and passed over, for trying again would not make it better and
 * would hold up all behind it.
 */
export class ResultsConsumer implements HandleBatch {
  readonly #store: StudyStore;
  readonly #log: Logger;
  readonly #onRecorded: () => void;
  readonly #results: Counter<'decision'>;
  readonly #rejected: Counter<'code'>;

  /** @param onRecorded called after new results are committed */
  constructor(options: { store: StudyStore; log: Logger; registry: Registry; onRecorded: () => void }) {
    this.#store = options.store;
    this.#log = options.log;
    this.#onRecorded = options.onRecorded;
    this.#results = counter(options.registry, 'hilum_edge_results_total', 'results recorded', ['decision']);
    this.#rejected = counter(options.registry, 'hilum_edge_events_rejected_total', 'events passed over', ['code']);
  }

  handleBatch = async (messages: ReceivedMessage[]): Promise<void> => {
    const readable: { message: ReceivedMessage; scored: StudyScored }[] = [];
    for (const message of messages) {
      const decoded = decodeKafkaEvent(message, { type: STUDY_SCORED_TYPE, schema: studyScored });
      if (decoded.kind === 'event') readable.push({ message, scored: decoded.event.data });
      else await this.#reject(message, decoded.code, decoded.detail);
    }
    try {
      await this.#record(readable.map(({ scored }) => scored));
    } catch (error) {
      if (!isNotStorable(error)) throw error;
      await this.#recordOneByOne(readable);
    }
  };

  async #recordOneByOne(readable: readonly { message: ReceivedMessage; scored: StudyScored }[]): Promise<void> {
    for (const { message, scored } of readable) {
      try {
        await this.#record([scored]);
      } catch (error) {
        if (!isNotStorable(error)) throw error;
        await this.#reject(message, 'HILUM_EDGE_EVENT_NOT_STORABLE', 'a text holds what the database cannot store');
      }
    }
  }

  async #record(scored: readonly StudyScored[]): Promise<void> {
    const recorded = await this.#store.record(scored);
    for (const { decision } of recorded) this.#results.inc({ decision });
    if (recorded.length > 0) this.#onRecorded();
  }

  async #reject(message: ReceivedMessage, code: string, detail: string): Promise<void> {
    const { topic, partition, offset } = message;
    await this.#store.reject({ topic, partition, offset, code, detail });
    this.#rejected.inc({ code });
    this.#log.error({ topic, partition, offset, code, detail }, 'a scored image could not be taken in');
  }
}
