import { parseMirroredTopic, siteTopics, type HubBoundTopic } from '@hilum/contracts';
import { isNotStorable, type Database, type Logger, type ReceivedMessage } from '@hilum/runtime';
import type { EventOutcome, HubMetrics } from '../hub-metrics.js';
import { recordBatches, type LedgerBatch, type Recorded } from '../ledger/ledger-store.js';
import type { Refused } from '../quarantine/quarantine-store.js';
import type { LedgerTable } from '../retention/ledger-tables.js';
import { ledgerTable } from '../retention/partition-store.js';
import { admit, type Admission, type AdmittedEvent, type Refusal } from './admit.js';

/** Events recorded by one transaction at most; others wait for the next. */
const MAX_EVENTS = 5_000;

export interface IngestOptions {
  database: Database;
  log: Logger;
  metrics: Pick<HubMetrics, 'events' | 'quarantined' | 'ingestBatch'>;
  /** makes the partitions for events of these times (milliseconds since the epoch) */
  cover: (table: LedgerTable, times: Iterable<number>) => Promise<void>;
  /** the cluster id of the broker whose log is read */
  logId: () => string;
  /** told after each transaction that recorded something */
  onRecorded: () => void;
  now: () => number;
}

interface Admitting {
  message: ReceivedMessage;
  admission: Admission;
}

/** What the consumer handed over of one partition, and who waits for it to be recorded. */
interface Waiting {
  batch: Admitting[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

const NOT_STORABLE: Refusal = {
  code: 'HILUM_HUB_EVENT_NOT_STORABLE',
  detail: 'data: holds a value that the ledger cannot store',
  mayBeIdentity: true,
};

const RESULT_TABLES = [ledgerTable('results'), ledgerTable('site_hours'), ledgerTable('site_days')];
const TABLES_OF = {
  [siteTopics.results]: RESULT_TABLES,
  [siteTopics.feedback]: [ledgerTable('feedback')],
  [siteTopics.heartbeat]: [ledgerTable('heartbeats')],
  // its partitions are by when entries are chained, and made ahead
  [siteTopics.audit]: [],
} as const;

/**
 * Takes what the consumer received, checks it and records it. What came of several sites while a transaction was under
 * way is recorded by the next one together: a thousand sites with a few events each would otherwise be a thousand commits.
 */
export class Ingest {
  readonly #options: IngestOptions;
  #waiting: Waiting[] = [];
  #isRecording = false;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /**
   * @param messages of one partition, in order; may have been handled before
   * @throws when they could not be recorded; nothing of them is then
   */
  handleBatch(messages: readonly ReceivedMessage[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const batch = messages.map((message) => ({ message, admission: admit(message) }));
      this.#waiting.push({ batch, resolve, reject });
      void this.#recordWaiting();
    });
  }

  async #recordWaiting(): Promise<void> {
    if (this.#isRecording) return;
    this.#isRecording = true;
    for (let group = this.#takeGroup(); group.length > 0; group = this.#takeGroup()) await this.#recordGroup(group);
    this.#isRecording = false;
  }

  #takeGroup(): Waiting[] {
    let events = 0;
    const fitting = this.#waiting.findIndex(({ batch }, index) => {
      events += batch.length;
      return index > 0 && events > MAX_EVENTS;
    });
    return this.#waiting.splice(0, fitting < 0 ? this.#waiting.length : fitting);
  }

  /** Never throws: whoever waits is told. */
  async #recordGroup(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#record(group.map(({ batch }) => batch));
      for (const { resolve } of group) resolve();
    } catch (error) {
      // one value that the database refuses must not hold up every hospital's events beside and behind it
      if (isNotStorable(error)) for (const one of group) await this.#recordOneByOne(one);
      else for (const { reject } of group) reject(error);
    }
  }

  async #recordOneByOne({ batch, resolve, reject }: Waiting): Promise<void> {
    try {
      for (const one of batch) await this.#recordOrRefuse(one);
      resolve();
    } catch (error) {
      reject(error);
    }
  }

  async #recordOrRefuse({ message, admission }: Admitting): Promise<void> {
    try {
      await this.#record([[{ message, admission }]]);
    } catch (error) {
      if (!isNotStorable(error)) throw error;
      await this.#record([[{ message, admission: { kind: 'refused', refusal: NOT_STORABLE } }]]);
    }
  }

  async #record(group: readonly (readonly Admitting[])[]): Promise<void> {
    const { database, metrics, onRecorded } = this.#options;
    const end = metrics.ingestBatch.startTimer();
    const batches = group.map((batch) => this.#ledgerBatch(batch)).filter((batch) => batch !== null);
    for (const { topic, admitted } of batches)
      for (const table of TABLES_OF[topic]) await this.#options.cover(table, admitted.map(timeOf));
    const { outcomes, quarantined } = await recordBatches(database, batches);
    end();
    for (const { site, suspicious, others } of quarantined) {
      metrics.quarantined.inc({ site, identity: 'possible' }, suspicious);
      metrics.quarantined.inc({ site, identity: 'ruled-out' }, others);
    }
    for (const [topic, outcome] of outcomes) this.#tell(topic, outcome, batches);
    if ([...outcomes.values()].some(({ recorded }) => recorded > 0)) onRecorded();
  }

  #ledgerBatch(batch: readonly Admitting[]): LedgerBatch | null {
    const last = batch.at(-1)?.message;
    const mirrored = last === undefined ? null : parseMirroredTopic(last.topic);
    if (last === undefined || mirrored === null) return null;
    const { now, logId } = this.#options;
    const admitted: AdmittedEvent[] = [];
    const refused: Refused[] = [];
    for (const { message, admission } of batch) {
      if (admission.kind === 'admitted') admitted.push(admission.admitted);
      else refused.push({ message, ...admission.refusal });
    }
    const next = {
      topic: last.topic,
      partition: last.partition,
      offset: String(BigInt(last.offset) + 1n),
      log: logId(),
    };
    return { ...mirrored, receivedAt: new Date(now()), admitted, refused, next };
  }

  #tell(topic: HubBoundTopic, outcome: Recorded, batches: readonly LedgerBatch[]): void {
    const { log, metrics } = this.#options;
    const add = (name: EventOutcome, events: number): void => metrics.events.inc({ topic, outcome: name }, events);
    add('recorded', outcome.recorded);
    add('duplicate', outcome.duplicates);
    add('quarantined', outcome.quarantined);
    add('expired', outcome.expired);
    if (outcome.quarantined === 0) return;
    const refused = batches.filter((batch) => batch.topic === topic && batch.refused.length > 0);
    log.warn(
      {
        topics: [...new Set(refused.map(({ next }) => next.topic))],
        quarantined: outcome.quarantined,
        codes: [...new Set(refused.flatMap((batch) => batch.refused.map(({ code }) => code)))],
      },
      'events did not conform and went to the quarantine',
    );
  }
}

/** The time that decides where an event belongs, in milliseconds since the epoch. */
function timeOf({ topic, event }: AdmittedEvent): number {
  return Date.parse(topic === siteTopics.results ? event.data.scoredAt : event.data.at);
}
