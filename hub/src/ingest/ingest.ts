import { parseMirroredTopic } from '@hilum/contracts';
import type { Database, Logger, ReceivedMessage } from '@hilum/runtime';
import type { EventOutcome, HubMetrics } from '../hub-metrics.js';
import { recordBatch } from '../ledger/ledger-store.js';
import type { Refused } from '../quarantine/quarantine-store.js';
import { admit, type AdmittedEvent } from './admit.js';

export interface IngestOptions {
  database: Database;
  log: Logger;
  metrics: Pick<HubMetrics, 'events' | 'ingestBatch'>;
  /** told after each batch that recorded something */
  onRecorded: () => void;
  now: () => number;
}

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
    const mirrored = parseMirroredTopic(messages[0]?.topic ?? '');
    if (mirrored === null) return;
    const { database, log, metrics, now, onRecorded } = this.#options;
    const end = metrics.ingestBatch.startTimer();
    const admitted: AdmittedEvent[] = [];
    const refused: Refused[] = [];
    for (const message of messages) {
      const admission = admit(message);
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
    if (outcome.quarantined > 0)
      log.warn(
        {
          topic: messages[0]?.topic,
          quarantined: outcome.quarantined,
          codes: [...new Set(refused.map((r) => r.code))],
        },
        'events did not conform and went to the quarantine',
      );
    if (outcome.recorded > 0) onRecorded();
  }
}
