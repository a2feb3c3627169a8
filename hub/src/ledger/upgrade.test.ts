import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { siteTopics } from '@hilum/contracts';
import { createDatabase, createLogger, migrate, type Database } from '@hilum/runtime';
import { startTestPostgres } from '@hilum/runtime/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditChain } from '../audit/audit-chain.js';
import { listAudit } from '../audit/audit-store.js';
import { createHubMetrics } from '../hub-metrics.js';
import { Ingest } from '../ingest/ingest.js';
import { Retention } from '../retention/retention.js';
import { hex64, sampleAudit, sampleFeedback, sampleMessage, sampleResult } from '../testing/sample-events.js';
import { testSigner } from '../testing/start-test-hub.js';
import { createRegistry } from '@hilum/runtime';
import { lastPosition, listResults } from './result-store.js';
import { summarise } from './summary-store.js';

const SITE = 'st-agnes';
const RESULTS = 500;
const NOW = Date.UTC(2026, 4, 4, 12);
const HOUR_MS = 3_600_000;
const migrations = new URL('../../migrations/', import.meta.url);
const log = createLogger({ process: 'test', level: 'silent' });

let postgres: Awaited<ReturnType<typeof startTestPostgres>>;
let database: Database;
let folder: string;

beforeAll(async () => {
  postgres = await startTestPostgres();
  folder = await mkdtemp(join(tmpdir(), 'hilum-first-schema-'));
  await copyFile(new URL('0001_ledger.sql', migrations), join(folder, '0001_ledger.sql'));
  await migrate({ databaseUrl: postgres.databaseUrl, folder: pathToFileURL(`${folder}/`), log });
  database = createDatabase({ databaseUrl: postgres.databaseUrl, name: 'test', log });
  await fillFirstSchema();
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true });
});

/** Every four hours back from now, so over three months. */
const scoredAt = (sequence: number): string => new Date(NOW - (RESULTS - sequence) * 4 * HOUR_MS).toISOString();

/** As the first version of the hub left it. */
async function fillFirstSchema(): Promise<void> {
  await database.query(
    `insert into sites (name, first_seen_at, state, state_since, received, highest)
       values ($1, now(), 'live', now(), int8multirange(int8range(1, $2::int + 3)), $2::int + 2)`,
    [SITE, RESULTS],
  );
  for (let sequence = 1; sequence <= RESULTS; sequence += 1) {
    const data = sampleResult(SITE, sequence, { scoredAt: scoredAt(sequence), uploadedAt: scoredAt(sequence) });
    await database.query(
      `insert into results (id, site, sequence, received_at, trace_id, study_pseudonym, image_pseudonym, decision,
                            probability, reason, priority, model_name, model_version, model_digest, input, timings_ms,
                            uploaded_at, scored_at, supersedes)
       values ($1, $2, $3, now(), null, $4, $5, $6, $7, null, 'routine', $8, $9, $10, $11, $12,
               $13::timestamptz - interval '250 ms', $13, null)`,
      [
        hex64(`${siteTopics.results} ${SITE} ${sequence}`),
        ...[SITE, sequence, data.studyPseudonym, data.imagePseudonym, data.decision, data.probability],
        ...[data.model.name, data.model.version, data.model.digest, data.input, data.timingsMs, data.scoredAt],
      ],
    );
  }
  await database.query(`insert into site_decision_counts values ($1, 'normal', $2)`, [SITE, RESULTS]);
  await database.query(`insert into feedback values ($1, $2, $3, now(), null, $4, $5, 'agree', null, null, $6)`, [
    hex64(`${siteTopics.feedback} ${SITE} 501`),
    SITE,
    501,
    hex64('study'),
    'sha256:0',
    new Date(NOW),
  ]);
  await database.query(`insert into audit values ($1, $2, $3, now(), null, 'staff', $4, 'study.viewed', null, $5)`, [
    hex64(`${siteTopics.audit} ${SITE} 502`),
    SITE,
    502,
    hex64('actor'),
    new Date(NOW),
  ]);
}

const allRows = async (): Promise<string> => {
  const rows = await listResults(database, {}, { limit: RESULTS + 10 });
  return JSON.stringify(rows);
};

it('a ledger of the first schema keeps every row, in partitions of its months, and knows all again', async () => {
  const before = await allRows();

  // killed in the middle of the migration: what it did so far is rolled back, and it begins anew
  const killed = createDatabase({ databaseUrl: postgres.databaseUrl, name: 'killer', log });
  const blocker = killed.transaction(async (db) => {
    // the migration waits for the table that comes late in it
    await db.query('lock table audit in access share mode');
    const migrating = migrate({ databaseUrl: postgres.databaseUrl, folder: migrations, log });
    const outcome = migrating.then(
      () => 'done',
      () => 'failed',
    );
    await expect
      .poll(
        async () => {
          const { rows } = await database.query<{ killed: boolean }>(
            `select pg_terminate_backend(pid) as killed from pg_stat_activity
            where wait_event_type = 'Lock' and query like '%partition%' and pid <> pg_backend_pid()`,
          );
          return rows.some((row) => row.killed);
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    return outcome;
  });
  expect(await blocker).toBe('failed');
  await killed.close();
  expect(await allRows()).toBe(before);

  // the version before the audit was one chain noted accesses at the hub in a table of their own
  const older = await mkdtemp(join(tmpdir(), 'hilum-older-schema-'));
  for (const file of await readdir(migrations))
    if (file < '0005') await copyFile(new URL(file, migrations), join(older, file));
  await migrate({ databaseUrl: postgres.databaseUrl, folder: pathToFileURL(`${older}/`), log });
  await rm(older, { recursive: true });
  await database.query(
    `insert into access_audit (id, at, actor_role, actor_pseudonym, action, query) overriding system value
       values (7, now() + interval '1 second', 'compliance', $1, 'results.listed', '{"site":"st-agnes"}')`,
    [hex64('officer')],
  );
  await migrate({ databaseUrl: postgres.databaseUrl, folder: migrations, log });
  expect(await allRows()).toBe(before);
  const position = await lastPosition(database);

  const retention = new Retention({
    database,
    log,
    days: { results: 400, feedback: 400, heartbeats: 14, audit: 2_192, compliance: 2_192, quarantine: 400 },
    now: () => NOW,
    databaseNow: () => Promise.resolve(NOW),
    announceExpiry: () => Promise.reject(new Error('nothing of the audit has expired')),
  });
  await retention.round();
  // what was audited is chained from the first row on
  expect(await new AuditChain({ database, signer: testSigner(), now: () => NOW }).round()).toBe(2);
  expect(await allRows()).toBe(before);
  const { rows: places } = await database.query<{ place: string }>(
    `select distinct tableoid::regclass::text as place from results union
     select distinct tableoid::regclass::text from feedback union
     select distinct tableoid::regclass::text from audit order by 1`,
  );
  expect(places.map(({ place }) => place)).toEqual([
    ...['audit_2026_05', 'feedback_2026_05'],
    ...['results_2026_02', 'results_2026_03', 'results_2026_04', 'results_2026_05'],
  ]);

  // sums are there, with partial hours at both ends
  const summary = await summarise(database, new Date(Date.parse(scoredAt(100)) + 1), new Date(scoredAt(400)));
  expect(summary.sites).toMatchObject([{ site: SITE, total: 299, byDecision: { normal: 299 } }]);
  expect(summary.sites[0]?.latencyMs.p50).toBeGreaterThanOrEqual(250);
  expect(summary.sites[0]?.latencyMs.p50).toBeLessThan(315);

  // and what is sent again is known, of every kind
  const ingest = new Ingest({
    database,
    log,
    metrics: createHubMetrics(createRegistry(), () => NOW),
    cover: (table, times) => retention.cover(table, times),
    logId: () => 'test-log',
    onRecorded: () => undefined,
    now: () => NOW,
  });
  await ingest.handleBatch(
    [...Array(RESULTS).keys()].map((index) =>
      sampleMessage(siteTopics.results, sampleResult(SITE, index + 1, { scoredAt: scoredAt(index + 1) })),
    ),
  );
  await ingest.handleBatch([sampleMessage(siteTopics.feedback, sampleFeedback(SITE, 501))]);
  await ingest.handleBatch([sampleMessage(siteTopics.audit, sampleAudit(SITE, 502))]);
  expect(await allRows()).toBe(before);
  const { rows } = await database.query(
    `select (select count(*) from feedback) as feedback,
            (select count(*) from audit) + (select count(*) from audit_inbox) as audit`,
  );
  expect(rows).toEqual([{ feedback: 1, audit: 2 }]);
  const audited = await listAudit(database, {}, { limit: 10 });
  expect(audited.map(({ id, position }) => [id, position])).toEqual([
    ['hub-7', 2],
    [hex64(`${siteTopics.audit} ${SITE} 502`), 1],
  ]);

  // positions go on after those that clients know
  await ingest.handleBatch([
    sampleMessage(siteTopics.results, sampleResult(SITE, 503, { scoredAt: new Date(NOW).toISOString() })),
  ]);
  expect(await lastPosition(database)).toBe(position + 1);
});
