import { siteTopics, type ResultRecorded, type SiteHeartbeat } from '@hilum/contracts';
import { createDatabase, createLogger, type Database } from '@hilum/runtime';
import { kafkaClient } from '../../support/kafka-access.js';

/**
 * The measure for the hub: a program of its own that reads the same topics and inserts the same rows in batches, and does
 * nothing else: no check of what it reads, no ids, no sums, no account of sites. Run by ledger-section.ts; it prints one line of
 * JSON when it has inserted as many events as it was told.
 */
const [broker = '', ca = '', cert = '', key = '', databaseUrl = '', expected = '0'] = process.argv.slice(2);
const log = createLogger({ process: 'bare-loop', level: 'warn' });
const database = createDatabase({ databaseUrl, name: 'bare-loop', log });
const kafka = kafkaClient(broker, { ca, cert, key }, { requestTimeoutMs: 60_000 });
const topics = await mirroredTopicNames();
const consumer = kafka.consumer({ groupId: 'hub.bench-bare', maxWaitTimeInMs: 500 });
const MAX_ROWS = 5_000;

interface Waiting {
  results: { id: string; traceId: string | null; data: ResultRecorded }[];
  heartbeats: SiteHeartbeat[];
  resolve: () => void;
}
let waiting: Waiting[] = [];
let isInserting = false;
let inserted = 0;
let firstAt = 0;

await consumer.connect();
await consumer.subscribe({ topics, fromBeginning: true });
await new Promise<void>((resolve, reject) => {
  consumer
    .run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 64,
      eachBatch: async (payload) => {
        const { batch } = payload;
        firstAt ||= performance.now();
        const results: Waiting['results'] = [];
        const heartbeats: SiteHeartbeat[] = [];
        for (const { value, headers } of batch.messages) {
          const data = JSON.parse(String(value)) as unknown;
          if (batch.topic.endsWith(siteTopics.heartbeat)) heartbeats.push(data as SiteHeartbeat);
          else
            results.push({
              id: String(headers?.['ce_id']),
              traceId: String(headers?.['traceparent']).slice(3, 35),
              data: data as ResultRecorded,
            });
        }
        await new Promise<void>((done) => {
          waiting.push({ results, heartbeats, resolve: done });
          insertWaiting().catch(reject);
        });
        payload.resolveOffset(batch.messages.at(-1)?.offset ?? '0');
        await consumer.commitOffsets([
          { topic: batch.topic, partition: batch.partition, offset: String(BigInt(batch.lastOffset()) + 1n) },
        ]);
        if (inserted >= Number(expected)) resolve();
      },
    })
    .catch(reject);
});
const ms = performance.now() - firstAt;
process.stdout.write(`${JSON.stringify({ events: inserted, ms })}\n`);
await consumer.disconnect();
await database.close();

async function mirroredTopicNames(): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  const names = await admin.listTopics();
  await admin.disconnect();
  return names.filter((name) => name.startsWith('bench-'));
}

async function insertWaiting(): Promise<void> {
  if (isInserting) return;
  isInserting = true;
  while (waiting.length > 0) {
    let rows = 0;
    const end = waiting.findIndex(({ results, heartbeats }, index) => {
      rows += results.length + heartbeats.length;
      return index > 0 && rows > MAX_ROWS;
    });
    const group = waiting.slice(0, end < 0 ? waiting.length : end);
    waiting = waiting.slice(group.length);
    const results = group.flatMap((one) => one.results);
    const heartbeats = group.flatMap((one) => one.heartbeats);
    await insert(database, results, heartbeats);
    inserted += results.length + heartbeats.length;
    for (const { resolve } of group) resolve();
  }
  isInserting = false;
}

async function insert(db: Database, results: Waiting['results'], beats: readonly SiteHeartbeat[]): Promise<void> {
  const receivedAt = new Date();
  await db.transaction(async (client) => {
    if (results.length > 0)
      await client.query(
        `insert into bare.results (id, site, sequence, received_at, trace_id, study_pseudonym, image_pseudonym, decision,
                                   probability, reason, priority, model_name, model_version, model_digest, input,
                                   timings_ms, uploaded_at, scored_at, supersedes, latency_ms)
         select *, extract(epoch from scored_at - uploaded_at) * 1000
           from unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
                       $8::text[], $9::float8[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[],
                       $15::jsonb[], $16::jsonb[], $17::timestamptz[], $18::timestamptz[], $19::text[])
                as e (id, site, sequence, received_at, trace_id, study_pseudonym, image_pseudonym, decision,
                      probability, reason, priority, model_name, model_version, model_digest, input, timings_ms,
                      uploaded_at, scored_at, supersedes)`,
        [
          results.map(({ id }) => id),
          results.map(({ data }) => data.site),
          results.map(({ data }) => data.sequence),
          results.map(() => receivedAt),
          results.map(({ traceId }) => traceId),
          results.map(({ data }) => data.studyPseudonym),
          results.map(({ data }) => data.imagePseudonym),
          results.map(({ data }) => data.decision),
          results.map(({ data }) => data.probability),
          results.map(({ data }) => data.reason),
          results.map(({ data }) => data.priority),
          results.map(({ data }) => data.model.name),
          results.map(({ data }) => data.model.version),
          results.map(({ data }) => data.model.digest),
          results.map(({ data }) => JSON.stringify(data.input)),
          results.map(({ data }) => JSON.stringify(data.timingsMs)),
          results.map(({ data }) => data.uploadedAt),
          results.map(({ data }) => data.scoredAt),
          results.map(({ data }) => data.supersedes),
        ],
      );
    if (beats.length > 0)
      await client.query(
        `insert into bare.heartbeats
         select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::float8[],
                              $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::text[],
                              $13::text[], $14::text[], $15::text[], $16::text[], $17::text[])`,
        [
          beats.map(({ site }) => site),
          beats.map(({ at }) => at),
          beats.map(() => receivedAt),
          beats.map(({ sequence }) => sequence),
          beats.map(({ backlog }) => backlog),
          beats.map(({ oldestUnscoredAgeSeconds }) => oldestUnscoredAgeSeconds),
          beats.map(({ deadLetters }) => deadLetters),
          beats.map(({ outboxPending }) => outboxPending),
          beats.map(({ scored }) => scored),
          beats.map(({ unreadable }) => unreadable),
          beats.map(({ model }) => model?.name ?? null),
          beats.map(({ model }) => model?.version ?? null),
          beats.map(({ appVersion }) => appVersion),
          beats.map(({ status }) => status.store),
          beats.map(({ status }) => status.kafka),
          beats.map(({ status }) => status.database),
          beats.map(({ status }) => status.inference),
        ],
      );
  });
}
