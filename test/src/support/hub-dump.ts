import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import pg from 'pg';
import type { Fleet } from './fleet.js';
import { kafkaClient } from './kafka-access.js';

/** The hub's broker as its operator sees it, with the certificate that state.json names. */
export function hubKafka(fleet: Fleet): Kafka {
  return kafkaClient(fleet.state.hub.kafka, fleet.state.hub.kafkaTls);
}

/**
 * Everything that is at the hub, as text: every record of every topic with key and headers, every row of every table,
 * every log file of the hub's processes, the metrics. What is not in here, the hub does not have.
 */
export async function dumpHub(
  fleet: Fleet,
): Promise<{ topics: string; database: string; logs: string; metrics: string }> {
  const [topics, database, metrics] = await Promise.all([dumpTopics(fleet), dumpDatabase(fleet), dumpMetrics(fleet)]);
  return { topics, database, logs: dumpLogs(fleet), metrics };
}

/** All records between the first and last offset at the time of the call, read uncommitted so that nothing hides. */
async function dumpTopics(fleet: Fleet): Promise<string> {
  const kafka = hubKafka(fleet);
  const admin = kafka.admin();
  await admin.connect();
  const names = (await admin.listTopics()).filter((name) => !name.startsWith('__'));
  const ends = new Map<string, bigint>();
  for (const topic of names)
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
      if (BigInt(high) > BigInt(low)) ends.set(`${topic}/${partition}`, BigInt(high));
  const lines: string[] = [...names];
  const groupId = `test-dump-${process.pid}-${Date.now()}`;
  const consumer = kafka.consumer({ groupId, readUncommitted: true });
  await consumer.connect();
  await consumer.subscribe({ topics: names, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    if (ends.size === 0) resolve();
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    // Control records of transactions count as offsets but are never delivered: the end of a batch tells the position.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      const key = `${payload.topic}/${payload.partition}`;
      const end = ends.get(key);
      if (end !== undefined && BigInt(payload.lastOffset) + 1n >= end) ends.delete(key);
      if (ends.size === 0) resolve();
    });
    consumer
      .run({
        eachMessage: ({ topic, message }) => {
          const headers = Object.entries(message.headers ?? {}).map(([name, value]) => `${name}=${String(value)}`);
          lines.push([topic, String(message.key), ...headers, String(message.value)].join(' '));
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  await admin.deleteGroups([groupId]);
  await admin.disconnect();
  return lines.join('\n');
}

async function dumpDatabase(fleet: Fleet): Promise<string> {
  const client = new pg.Client({ connectionString: fleet.state.hub.databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const lines: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ line: string }>(`select t::text as line from ${name} t`);
      lines.push(name, ...rows.map(({ line }) => line));
    }
    return lines.join('\n');
  } finally {
    await client.end();
  }
}

function dumpLogs(fleet: Fleet): string {
  const files = new Set(fleet.state.processes.filter(({ name }) => name.startsWith('hub')).map(({ log }) => log));
  const folders = new Set([...files].map((file) => join(file, '..')));
  const rotated = [...folders].flatMap((folder) =>
    readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((path) => [...files].some((file) => path.startsWith(file))),
  );
  return rotated.map((file) => readFileSync(file, 'utf8')).join('\n');
}

async function dumpMetrics(fleet: Fleet): Promise<string> {
  const response = await fetch(`${fleet.state.hub.url}/metrics`, {
    headers: { authorization: `Bearer ${fleet.state.hub.tokens['hospital-it']}` },
  });
  return response.text();
}
