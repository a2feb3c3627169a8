import kafkajs, { type Admin, type Consumer, type IHeaders, type Kafka } from 'kafkajs';
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';

export interface TlsFiles {
  ca: string;
  cert?: string;
  key?: string;
}

/**
 * A client that gives up within seconds, yet not at once: a broker's first consumer group takes it a moment. With no
 * retries it takes the first refusal for an answer. A request about thousands of topics takes longer than one usually may.
 */
export function kafkaClient(
  broker: string,
  tls?: TlsFiles,
  { retries = 6, requestTimeoutMs = 5_000 }: { retries?: number; requestTimeoutMs?: number } = {},
): Kafka {
  return new kafkajs.Kafka({
    clientId: 'test',
    brokers: [broker],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: requestTimeoutMs,
    retry: { retries, initialRetryTime: 100 },
    ...(tls === undefined
      ? {}
      : {
          ssl: {
            ca: [readFileSync(tls.ca)],
            ...(tls.cert === undefined ? {} : { cert: readFileSync(tls.cert) }),
            ...(tls.key === undefined ? {} : { key: readFileSync(tls.key) }),
          },
        }),
  });
}

export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

export async function produce(
  kafka: Kafka,
  topic: string,
  message: { key: string; value: string; headers?: IHeaders },
): Promise<void> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  try {
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: [message] });
  } finally {
    await producer.disconnect();
  }
}

export interface ReadRecord {
  key: string;
  value: string;
  headers: Record<string, string>;
}

/** Every committed record of a topic as they arrive, until the condition holds; then all that were read. */
export async function readUntil(
  kafka: Kafka,
  topic: string,
  isEnough: (records: readonly ReadRecord[]) => boolean,
  deadlineMs: number = 60_000,
): Promise<ReadRecord[]> {
  const consumer: Consumer = kafka.consumer({ groupId: `hub.test-${randomUUID()}` });
  const records: ReadRecord[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(
        () =>
          reject(new Error(`${topic} held ${records.length} records after ${deadlineMs} ms: not what was waited for`)),
        deadlineMs,
      );
      consumer
        .run({
          eachMessage: ({ message }) => {
            records.push({
              key: String(message.key),
              value: String(message.value),
              headers: Object.fromEntries(
                Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
              ),
            });
            if (isEnough(records)) {
              clearTimeout(deadline);
              resolve();
            }
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
  return records;
}

/** The sum of a topic's end offsets: records that it ever held, marks of transactions included. */
export async function topicEnd(kafka: Kafka, topic: string): Promise<number> {
  const partitions = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic));
  return partitions.reduce((sum, { high }) => sum + Number(high), 0);
}

/** Every record of a topic that was there at the time of the call. Not for topics written in transactions. */
export async function readAll(kafka: Kafka, topic: string): Promise<ReadRecord[]> {
  const partitions = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic));
  const count = partitions.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
  return count === 0 ? [] : readUntil(kafka, topic, (records) => records.length >= count);
}
