import { readFileSync } from 'node:fs';
import kafkajs, { type Admin, type Kafka as KafkaClient } from 'kafkajs';
import type { IdentityFiles } from '../pki/pki.js';

const { Kafka, logLevel } = kafkajs;

/** A topic this deployment relies on. */
export interface TopicSpec {
  name: string;
  partitions: number;
  config?: Readonly<Record<string, string>>;
}

/** How long to wait for a broker, in milliseconds. */
export interface BrokerPatience {
  connectionTimeoutMs: number;
  requestTimeoutMs: number;
  /** further tries of one request; none where the caller asks again anyway */
  retries: number;
}

const SUPERVISOR_PATIENCE: BrokerPatience = { connectionTimeoutMs: 3_000, requestTimeoutMs: 10_000, retries: 0 };

/**
 * A client for one broker.
 * @param identity null for a broker without TLS
 * @throws the system's error when a file of the identity cannot be read
 */
export function kafkaClient(
  broker: string,
  identity: Pick<IdentityFiles, 'ca' | 'cert' | 'key'> | null,
  { connectionTimeoutMs, requestTimeoutMs, retries }: BrokerPatience = SUPERVISOR_PATIENCE,
): KafkaClient {
  return new Kafka({
    clientId: 'hilum-supervisor',
    brokers: [broker],
    // A broker that is still starting is no news.
    logLevel: logLevel.NOTHING,
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry: { retries },
    ...(identity === null
      ? {}
      : {
          ssl: {
            ca: [readFileSync(identity.ca)],
            cert: readFileSync(identity.cert),
            key: readFileSync(identity.key),
          },
        }),
  });
}

/** Runs some administration over one connection. */
export async function withAdmin<T>(
  broker: string,
  identity: IdentityFiles | null,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const kafka = kafkaClient(broker, identity);
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Whether the broker answers and knows itself to be the controller's choice. */
export function isBrokerReady(broker: string, identity: IdentityFiles | null): Promise<boolean> {
  return withAdmin(broker, identity, async (admin) => (await admin.describeCluster()).brokers.length > 0);
}

/** Creates the topics that are missing; those that are there stay as they are. */
export async function ensureTopics(admin: Admin, topics: readonly TopicSpec[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return;
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map(({ name, partitions, config = {} }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: 1,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  });
}
