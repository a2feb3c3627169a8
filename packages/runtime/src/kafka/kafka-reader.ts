import { randomUUID } from 'node:crypto';
import type { Consumer, Kafka } from 'kafkajs';
import type { KafkaAdmin, OffsetRange } from './kafka-admin.js';
import { receivedMessages, type ReceivedMessage } from './kafka-consumer.js';
import { KafkaUnavailableError } from './kafka-publisher.js';

/** A broker's default wait for further members of a new group is 3 s; the rest is for the reading. */
const DEFAULT_TIMEOUT_MS = 20_000;
/** The last fetch finds nothing new; it must not hold up the answer. */
const MAX_WAIT_MS = 100;

export interface KafkaReaderOptions {
  kafka: Kafka;
  admin: Pick<KafkaAdmin, 'deleteGroup'>;
  /** Names of the groups it reads under begin with this and a dot, as the broker's access rules may ask for. */
  groupPrefix: string;
  timeoutMs?: number;
}

/**
 * Reads records by their place in a topic. The client can only read as a member of a group, so each reading has a group
 * of its own: no other reader moves its place, and it commits nothing. The group is deleted afterwards.
 */
export class KafkaReader {
  readonly #options: KafkaReaderOptions;

  constructor(options: KafkaReaderOptions) {
    this.#options = options;
  }

  /**
   * Hands over the committed records of the ranges, each once, in order within a partition; what has expired is left
   * out. Every range must end at or before its partition's end.
   * @throws KafkaUnavailableError when the broker is away or did not give all in time
   */
  async read(
    topic: string,
    ranges: readonly OffsetRange[],
    onRecord: (record: ReceivedMessage) => void,
  ): Promise<void> {
    const wanted = ranges.filter(({ from, to }) => from < to);
    if (wanted.length === 0) return;
    const { kafka, admin, groupPrefix } = this.#options;
    const groupId = `${groupPrefix}.${randomUUID()}`;
    const consumer = kafka.consumer({
      groupId,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: MAX_WAIT_MS,
      retry: { initialRetryTime: 200, retries: 3, restartOnFailure: () => Promise.resolve(false) },
    });
    try {
      await this.#readAll(consumer, topic, wanted, onRecord);
    } catch (error) {
      throw new KafkaUnavailableError(error, 'the broker did not give the records');
    } finally {
      await consumer.disconnect().catch(() => undefined);
      // a group that could not be deleted is empty, and a broker forgets an empty one by itself
      await admin.deleteGroup(groupId).catch(() => undefined);
    }
  }

  async #readAll(
    consumer: Consumer,
    topic: string,
    ranges: readonly OffsetRange[],
    onRecord: (record: ReceivedMessage) => void,
  ): Promise<void> {
    /** Per partition, what is still to come. */
    const left = new Map(ranges.map((range) => [range.partition, { ...range }]));
    const timeout = AbortSignal.timeout(this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const allRead = new Promise<void>((resolve, reject) => {
      timeout.addEventListener('abort', () => reject(new Error('not all records were read in time')));
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      // a batch may end in offsets that hold no record (of a transaction), so its end tells how far it is read
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
        const range = left.get(payload.partition);
        if (range !== undefined && Number(payload.lastOffset) + 1 >= range.to) left.delete(payload.partition);
        if (left.size === 0) resolve();
      });
    });
    const reading = async (): Promise<void> => {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: ({ batch }) => {
          const range = left.get(batch.partition);
          for (const record of range === undefined ? [] : receivedMessages(batch)) {
            const offset = Number(record.offset);
            if (range === undefined || offset < range.from || offset >= range.to) continue;
            range.from = offset + 1;
            onRecord(record);
          }
          return Promise.resolve();
        },
      });
      for (const { partition, from } of ranges) consumer.seek({ topic, partition, offset: String(from) });
      await allRead;
    };
    await Promise.race([reading(), allRead]);
  }
}
