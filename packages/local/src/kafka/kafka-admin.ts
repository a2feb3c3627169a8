import { readFileSync } from 'node:fs';
import kafkajs, { type Admin } from 'kafkajs';
import type { IdentityFiles } from '../pki/pki.js';

const { Kafka, logLevel } = kafkajs;

/** A topic this deployment relies on. */
export interface TopicSpec {
  name: string;
  partitions: number;
  config?: Readonly<Record<string, string>>;
}

/** Runs some administration over one connection; one attempt, for the caller asks again anyway. */
export async function withAdmin<T>(
  broker: string,
  identity: IdentityFiles | null,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const kafka = new Kafka({
    clientId: 'hilum-supervisor',
    brokers: [broker],
    // A broker that is still starting is no news.
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { retries: 0 },
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
