import type { KafkaHeaders } from '@hilum/contracts';
import type { Batch, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { backoffMs, untilDone, wait } from '../lifecycle/backoff.js';
import type { Logger } from '../log/logger.js';
import { InOrderCommit } from './in-order-commit.js';
import { mapBounded } from './map-bounded.js';

export interface ReceivedMessage {
  topic: string;
  partition: number;
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: KafkaHeaders;
  /** the record's time, milliseconds since the epoch */
  timestampMs: number;
}

/** A batch of the client's as messages of ours. */
export function receivedMessages({ topic, partition, messages }: Batch): ReceivedMessage[] {
  return messages.map((message) => ({
    topic,
    partition,
    offset: message.offset,
    key: message.key,
    value: message.value,
    headers: message.headers ?? {},
    timestampMs: Number(message.timestamp),
  }));
}

/** What comes next in a partition. */
export interface PartitionOffset {
  topic: string;
  partition: number;
  offset: string;
}

export interface ConsumerOptions {
  kafka: Kafka;
  groupId: string;
  log: Logger;
  /** How many partitions may be under way at once; 4 when not given. */
  concurrentPartitions?: number;
  /**
   * For a reader that keeps its own account of what it has, in the transactions that record it: gives what comes next in
   * each partition, where it has anything. Asked whenever partitions are assigned, before anything of them is handled. A
   * partition is then read from there when the group has committed more than that, and from its first record when the
   * account holds nothing: what was committed and is not in the account was lost from it. It never skips anything.
   */
  recorded?: () => Promise<readonly PartitionOffset[]>;
}

export interface HandleEach {
  /** How many messages of a partition may be under way at once. */
  concurrency: number;
  /** Messages that share a key are handled one after another, in order; null: no order needed. */
  orderKeyOf: (message: ReceivedMessage) => string | null;
  /**
   * Resolves when the message is dealt with for good and may be committed. A failure is tried again, with backoff,
   * until it succeeds or the signal aborts (stop or rebalance): what is not dealt with is never committed.
   */
  handle: (message: ReceivedMessage, signal: AbortSignal) => Promise<void>;
}

export interface HandleBatch {
  /** Resolves when all messages (of one partition, in order) are dealt with for good. Failures as in HandleEach. */
  handleBatch: (messages: ReceivedMessage[], signal: AbortSignal) => Promise<void>;
}

const RETRY = { firstMs: 200, maxMs: 10_000 };
/**
 * How long the group waits for a member that was killed, or whose broker was: nobody reads its partitions meanwhile, so
 * it is as short as a busy machine allows.
 */
const SESSION_MS = 12_000;
/** Well below the session's, so that long work does not cost the membership. */
const HEARTBEAT_MS = 3_000;

/**
 * A consumer group member: reads committed records only, commits only what is done, keeps its membership while the
 * work waits. Offsets are committed in order: one message that waits holds back the commit of those behind it, so
 * after a crash some are delivered again. Handlers must be idempotent.
 */
export class KafkaConsumer {
  readonly #options: ConsumerOptions;
  readonly #work: HandleEach | HandleBatch;
  #consumer: Consumer | undefined;
  #topics: readonly string[] = [];
  #stopping = new AbortController();
  /** resolves once reading begins where the account says; nothing is handled before */
  #positioned: Promise<unknown> = Promise.resolve();

  constructor(options: ConsumerOptions, work: HandleEach | HandleBatch) {
    this.#options = options;
    this.#work = work;
  }

  /**
   * Begins to consume, or changes what is consumed; topics must exist. From the earliest record where nothing is committed.
   * @throws when the broker is away or a topic is missing; it may be called again
   */
  async consume(topics: readonly string[]): Promise<void> {
    const wanted = [...topics].sort();
    if (this.#consumer !== undefined && wanted.join() === this.#topics.join()) return;
    await this.stop();
    this.#stopping = new AbortController();
    this.#topics = wanted;
    if (wanted.length === 0) return;
    await this.#start(wanted, this.#stopping.signal);
  }

  async #start(wanted: readonly string[], signal: AbortSignal): Promise<void> {
    const { kafka, groupId, log } = this.#options;
    const consumer = kafka.consumer({
      groupId,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 500,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 5, restartOnFailure: () => Promise.resolve(true) },
    });
    this.#consumer = consumer;
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      log.warn({ area: 'kafka', groupId, err: payload.error }, 'consumer interrupted, starting again');
      // The client starts again by itself only after errors that it holds for passing. After any other the group would
      // stay without its reader for good.
      if (!payload.restart && this.#consumer === consumer) void this.#revive(wanted, signal);
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      this.#positioned = this.#position(consumer, payload.memberAssignment, signal);
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...wanted], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: this.#options.concurrentPartitions ?? 4,
        eachBatch: (payload) => this.#eachBatch(consumer, payload),
      });
    } catch (error) {
      // forgotten, so that the caller's next try begins afresh instead of finding it "already consuming"
      if (this.#consumer === consumer) this.#consumer = undefined;
      await consumer.disconnect().catch(() => undefined);
      throw error;
    }
    // stopped or changed while it was starting
    if (signal.aborted) await consumer.disconnect();
  }

  /** Goes back to what the account lacks; waits for broker and account, since without them nothing could be recorded. */
  async #position(consumer: Consumer, assigned: Record<string, number[]>, signal: AbortSignal): Promise<void> {
    const { recorded, log } = this.#options;
    if (recorded === undefined) return;
    await untilDone(
      async () => {
        const account = new Map((await recorded()).map((place) => [placeOf(place), place.offset]));
        const behind = (await this.#committed())
          .filter(({ topic, partition }) => assigned[topic]?.includes(partition) === true)
          .map((committed) => ({ committed, offset: account.get(placeOf(committed)) ?? '0' }))
          .filter(({ committed, offset }) => BigInt(offset) < BigInt(committed.offset));
        for (const { committed, offset } of behind)
          consumer.seek({ topic: committed.topic, partition: committed.partition, offset });
        if (behind.length > 0)
          log.warn(
            { area: 'kafka', partitions: behind.length },
            'more was committed than is recorded: reading again from what is recorded',
          );
      },
      {
        backoff: RETRY,
        signal,
        onFailure: (error) => log.warn({ area: 'kafka', err: error }, 'where to begin is not known yet, waiting'),
      },
    );
  }

  /** What the group has committed, of all topics; partitions of which it has nothing are left out. */
  async #committed(): Promise<PartitionOffset[]> {
    const { kafka, groupId } = this.#options;
    const admin = kafka.admin({ retry: { retries: 1 } });
    try {
      await admin.connect();
      // Without naming topics: for each that is named the client asks the broker for the metadata of all before it, which
      // with the topics of a thousand sites takes minutes, and fails.
      const offsets = await admin.fetchOffsets({ groupId });
      return offsets.flatMap(({ topic, partitions }) =>
        partitions
          .filter(({ offset }) => BigInt(offset) >= 0n)
          .map(({ partition, offset }) => ({ topic, partition, offset })),
      );
    } finally {
      await admin.disconnect();
    }
  }

  async #revive(wanted: readonly string[], signal: AbortSignal): Promise<void> {
    this.#consumer = undefined;
    await untilDone(() => this.#start(wanted, signal), {
      backoff: RETRY,
      signal,
      onFailure: (error) => this.#options.log.warn({ area: 'kafka', err: error }, 'consumer could not start again'),
    });
  }

  /** Resolves when work under way has ended and the group was left. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const consumer = this.#consumer;
    this.#consumer = undefined;
    await consumer?.disconnect();
  }

  async #eachBatch(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    if (payload.isStale()) return;
    const interrupted = new AbortController();
    const onStop = (): void => interrupted.abort();
    this.#stopping.signal.addEventListener('abort', onStop);
    let lostMembership: unknown;
    const beat = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => {
        lostMembership ??= error;
        interrupted.abort();
      });
    }, HEARTBEAT_MS);
    try {
      await this.#positioned;
      // read from a place that was left again meanwhile
      if (interrupted.signal.aborted || payload.isStale()) return;
      const commit = async (next: string): Promise<void> => {
        payload.resolveOffset((BigInt(next) - 1n).toString());
        await consumer.commitOffsets([{ topic: batch.topic, partition: batch.partition, offset: next }]);
      };
      const messages = receivedMessages(batch);
      if ('handleBatch' in this.#work) await this.#handleBatch(this.#work, messages, interrupted.signal, commit);
      else await this.#handleEach(this.#work, messages, interrupted.signal, commit);
      if (lostMembership !== undefined) throw lostMembership as Error;
    } finally {
      clearInterval(beat);
      this.#stopping.signal.removeEventListener('abort', onStop);
    }
  }

  async #handleBatch(
    work: HandleBatch,
    messages: ReceivedMessage[],
    signal: AbortSignal,
    commit: (next: string) => Promise<void>,
  ): Promise<void> {
    const done = await this.#untilHandled(() => work.handleBatch(messages, signal), signal);
    const last = messages.at(-1);
    if (done && last !== undefined) await commit((BigInt(last.offset) + 1n).toString());
  }

  async #handleEach(
    work: HandleEach,
    messages: ReceivedMessage[],
    signal: AbortSignal,
    commit: (next: string) => Promise<void>,
  ): Promise<void> {
    const order = new InOrderCommit(
      messages.map(({ offset }) => offset),
      commit,
    );
    await mapBounded(messages, {
      concurrency: work.concurrency,
      orderKeyOf: work.orderKeyOf,
      signal,
      each: async (message) => {
        const done = await this.#untilHandled(() => work.handle(message, signal), signal);
        if (done) await order.done(message.offset);
      },
    });
    await order.settled();
  }

  async #untilHandled(handle: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    for (let attempt = 0; !signal.aborted; attempt += 1) {
      try {
        await handle();
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        this.#options.log.warn(
          { err: error, attempt, groupId: this.#options.groupId },
          'a message waits to be tried again',
        );
        await wait(backoffMs(RETRY, attempt), signal);
      }
    }
    return false;
  }
}

function placeOf({ topic, partition }: Pick<PartitionOffset, 'topic' | 'partition'>): string {
  return `${topic}/${partition}`;
}
