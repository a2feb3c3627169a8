import { parseMirroredTopic } from '@hilum/contracts';
import { isNotStorable, type Database, type Logger, type ReceivedMessage } from '@hilum/runtime';
import type { EventOutcome, HubMetrics } from '../hub-metrics.js';
import { recordBatch } from '../ledger/ledger-store.js';
import type { Refused } from '../quarantine/quarantine-store.js';
import { admit, type Admission, type AdmittedEvent, type Refusal } from './admit.js';

export interface IngestOptions {
  database: Database;
  log: Logger;
  metrics: Pick<HubMetrics, 'events' | 'quarantined' | 'ingestBatch'>;
  /** told after each batch that recorded something */
  onRecorded: () => void;
  now: () => number;
}

interface Admitting {
  message: ReceivedMessage;
  admission: Admission;
}

const NOT_STORABLE: Refusal = {
  code: 'HILUM_HUB_EVENT_NOT_STORABLE',
  detail: 'data: holds a value that the ledger cannot store',
  mayBeIdentity: true,
};

/** Takes what the consumer received, checks it and records it: one transaction for the batch of a partition. */
export class Ingest {
  readonly #options: IngestOptions;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /**
   * @param messages of one partition, in order; may have been handled before
   * @throws when they could not be recorded; nothing of them is then
   */
  async handleBatch(messages: readonly ReceivedMessage[]): Promise<void> {
    const batch = messages.map((message) => ({ message, admission: admit(message) }));
    try {
      await this.#record(batch);
    } catch (error) {
      if (!isNotStorable(error)) throw error;
      // one value that the database refuses must not hold up every hospital's events behind it
      for (const one of batch) await this.#recordOrRefuse(one);
    }
  }

  async #recordOrRefuse({ message, admission }: Admitting): Promise<void> {
    try {
      await this.#record([{ message, admission }]);
    } catch (error) {
      if (!isNotStorable(error)) throw error;
      await this.#record([{ message, admission: { kind: 'refused', refusal: NOT_STORABLE } }]);
    }
  }

  async #record(batch: readonly Admitting[]): Promise<void> {
    const mirrored = parseMirroredTopic(batch[0]?.message.topic ?? '');
    if (mirrored === null) return;
    const { database, log, metrics, now, onRecorded } = this.#options;
    const end = metrics.ingestBatch.startTimer();
    const admitted: AdmittedEvent[] = [];
    const refused: Refused[] = [];
    for (const { message, admission } of batch) {
      if (admission.kind === 'admitted') admitted.push(admission.admitted);
      else refused.push({ message, ...admission.refusal });
    }
    const outcome = await recordBatch(database, {
      site: mirrored.site,
      receivedAt: new Date(now()),
      admitted,
      refused,
    });
    end();
    const count = (name: EventOutcome, events: number): void =>
      metrics.events.inc({ topic: mirrored.topic, outcome: name }, events);
    count('recorded', outcome.recorded);
    count('duplicate', outcome.duplicates);
    count('quarantined', outcome.quarantined);
    const { site } = mirrored;
    metrics.quarantined.inc({ site, identity: 'possible' }, outcome.suspicious);
    metrics.quarantined.inc({ site, identity: 'ruled-out' }, outcome.quarantined - outcome.suspicious);
    if (outcome.quarantined > 0)
      log.warn(
        {
          topic: batch[0]?.message.topic,
          quarantined: outcome.quarantined,
          codes: [...new Set(refused.map((r) => r.code))],
        },
        'events did not conform and went to the quarantine',
      );
    if (outcome.recorded > 0) onRecorded();
  }
}
