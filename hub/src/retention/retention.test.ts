import { siteTopics } from '@hilum/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordAccess } from '../audit/audit-store.js';
import { listSites } from '../fleet/fleet-store.js';
import { listResults } from '../ledger/result-store.js';
import { summarise } from '../ledger/summary-store.js';
import { sampleAudit, sampleHeartbeat, sampleMessage, sampleResult } from '../testing/sample-events.js';
import { startTestHub, type TestHub } from '../testing/start-test-hub.js';

const SITE = 'st-agnes';
const DAY_MS = 86_400_000;
let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
});
beforeEach(async () => {
  await hub.reset();
  hub.days.results = 400;
});
afterAll(() => hub.stop());

const result = (sequence: number, scoredAt: string, id?: string) =>
  sampleMessage(
    siteTopics.results,
    sampleResult(SITE, sequence, { uploadedAt: scoredAt, scoredAt }),
    id === undefined ? {} : { id },
  );
const at = (text: string): number => Date.parse(text);

async function values<Value>(text: string): Promise<Value[]> {
  const { rows } = await hub.database.query<{ value: Value }>(text);
  return rows.map(({ value }) => value);
}
const places = (table: string): Promise<string[]> =>
  values(`select tableoid::regclass::text as value from ${table} order by 1`);
const sequences = async (): Promise<number[]> =>
  (await listResults(hub.database, {}, { limit: 100 })).map((row) => row.result.sequence).sort((a, b) => a - b);

async function outcomes(): Promise<Record<string, number>> {
  const metric = await hub.registry.getSingleMetric('hilum_hub_events_total')?.get();
  return Object.fromEntries(
    (metric?.values ?? []).map(({ labels, value }) => [`${labels['topic']} ${labels['outcome']}`, value]),
  );
}

describe('partitions', () => {
  it('are there for the current period and the next ones before anything comes', async () => {
    await hub.retention.round();
    const names = await values<string>(
      `select inhrelid::regclass::text as value from pg_inherits where inhparent in ('results'::regclass, 'heartbeats'::regclass)`,
    );
    expect(names).toEqual(
      expect.arrayContaining([
        ...['results_default', 'results_2026_05', 'results_2026_06', 'results_2026_07'],
        ...['heartbeats_2026_05_04', 'heartbeats_2026_05_05', 'heartbeats_2026_05_06', 'heartbeats_2026_05_07'],
      ]),
    );
  });

  it('take events by their own time, however late they come; what lies far ahead waits in the default one', async () => {
    await hub.retention.round();
    await hub.ingest.handleBatch([
      result(1, '2026-05-31T23:59:59.999Z'),
      result(2, '2026-06-01T00:00:00.000Z'),
      result(3, '2025-11-02T12:00:00.000Z'),
      result(4, '2031-01-01T00:00:00.000Z'),
    ]);
    expect(await places('results')).toEqual([
      'results_2025_11',
      'results_2026_05',
      'results_2026_06',
      'results_default',
    ]);
    expect(await places('site_hours')).toContain('site_hours_default');
    expect(await sequences()).toEqual([1, 2, 3, 4]);
  });

  it('take over from the default one when their time comes near', async () => {
    await hub.retention.round();
    await hub.ingest.handleBatch([result(1, '2026-09-10T00:00:00.000Z'), result(2, '2026-09-11T00:00:00.000Z')]);
    expect(await places('results')).toEqual(['results_default', 'results_default']);
    const before = await listResults(hub.database, {}, { limit: 10 });
    hub.clock.now = at('2026-08-01T00:00:00Z');
    await hub.retention.round();
    expect(await places('results')).toEqual(['results_2026_09', 'results_2026_09']);
    expect(await places('site_days')).toEqual(['site_days_2026_09', 'site_days_2026_09']);
    expect(await listResults(hub.database, {}, { limit: 10 })).toEqual(before);
  });

  it('do not let one event be recorded twice, though it comes with another time', async () => {
    const id = 'c'.repeat(64);
    await hub.ingest.handleBatch([result(1, '2026-04-30T12:00:00.000Z', id)]);
    // a restored site scores the image anew, under the same id
    await hub.ingest.handleBatch([result(7, '2026-05-02T12:00:00.000Z', id)]);
    expect(await sequences()).toEqual([1]);
    expect((await listSites(hub.database))[0]?.row.counts.total).toBe(1);
  });

  it('are made by several replicas at once without a failure', async () => {
    hub.clock.now = at('2027-03-15T00:00:00Z');
    await Promise.all([hub.retention.round(), hub.retention.round(), hub.retention.round()]);
    expect(await values(`select 1 as value where to_regclass('results_2027_05') is not null`)).toEqual([1]);
  });
});

describe('retention', () => {
  it('drops what has expired with its partition, and nothing younger than promised', async () => {
    hub.days.results = 31;
    await hub.retention.round();
    await hub.ingest.handleBatch([
      result(1, '2026-04-02T00:00:00.000Z'),
      result(2, '2026-04-30T23:59:59.999Z'),
      result(3, '2026-05-01T00:00:00.000Z'),
    ]);
    // 31 days after the last of April
    hub.clock.now = at('2026-05-31T23:59:59Z');
    await hub.retention.round();
    expect(await sequences()).toEqual([1, 2, 3]);
    hub.clock.now = at('2026-06-01T00:00:00Z');
    await hub.retention.round();
    expect(await sequences()).toEqual([3]);
    expect((await summarise(hub.database, new Date(0), new Date(hub.clock.now))).total).toBe(1);
  });

  it('says what it dropped', async () => {
    hub.days.results = 31;
    await hub.ingest.handleBatch([result(1, '2026-05-02T00:00:00.000Z'), result(2, '2026-05-03T00:00:00.000Z')]);
    hub.clock.now = at('2026-07-15T00:00:00Z');
    await hub.retention.round();
    const { rows } = await hub.database.query(
      `select table_name, from_at, until_at, rows from retention_drops where table_name = 'results' and rows > 0`,
    );
    expect(rows).toEqual([
      {
        table_name: 'results',
        from_at: new Date('2026-05-01T00:00:00Z'),
        until_at: new Date('2026-06-01T00:00:00Z'),
        rows: 2,
      },
    ]);
  });

  it('does not take for missing what it dropped, and does not take it again when it is sent again', async () => {
    hub.days.results = 31;
    const old = [1, 2, 3].map((sequence) => result(sequence, '2026-04-02T00:00:00.000Z'));
    await hub.ingest.handleBatch([...old, result(4, '2026-05-04T00:00:00.000Z')]);
    hub.clock.now = at('2026-06-02T00:00:00Z');
    await hub.retention.round();
    expect(await values('select count(*) as value from result_ids')).toEqual([1]);
    const expiredBefore = (await outcomes())[`${siteTopics.results} expired`] ?? 0;

    await hub.ingest.handleBatch(old);
    expect(await sequences()).toEqual([4]);
    expect((await outcomes())[`${siteTopics.results} expired`]).toBe(expiredBefore + 3);
    await hub.fleet.round();
    hub.clock.now += 60_000;
    await hub.fleet.round();
    // what was ever recorded stays counted, once
    expect((await listSites(hub.database))[0]?.row).toMatchObject({ missing: 0, counts: { total: 4 } });
  });

  it('takes the number of an event that had expired when it first came, so that it is not missing', async () => {
    hub.days.results = 31;
    await hub.retention.round();
    await hub.ingest.handleBatch([result(1, '2025-01-01T00:00:00.000Z'), result(2, '2026-05-04T00:00:00.000Z')]);
    await hub.fleet.round();
    hub.clock.now += 60_000;
    await hub.fleet.round();
    expect(await sequences()).toEqual([2]);
    expect((await listSites(hub.database))[0]?.row.missing).toBe(0);
  });

  it('keeps audit longer than results, and heartbeats shorter', async () => {
    await hub.ingest.handleBatch([result(1, '2026-05-04T00:00:00.000Z')]);
    await hub.ingest.handleBatch([sampleMessage(siteTopics.audit, sampleAudit(SITE, 2))]);
    await hub.ingest.handleBatch([sampleMessage(siteTopics.heartbeat, sampleHeartbeat(SITE, 2))]);
    const counts = (): Promise<number[]> =>
      values(`select count(*) as value from heartbeats union all select count(*) from results union all
              select count(*) from audit`);
    await hub.chain.round();
    hub.clock.now = at('2026-05-18T00:00:00Z');
    await hub.retention.round();
    expect(await counts()).toEqual([1, 1, 1]);
    hub.clock.now = at('2026-05-19T00:00:00Z');
    await hub.retention.round();
    expect(await counts()).toEqual([0, 1, 1]);
    hub.clock.now = at('2027-08-01T00:00:00Z');
    await hub.retention.round();
    expect(await counts()).toEqual([0, 0, 1]);
  });

  it('deletes what came long ago with a time far ahead', async () => {
    hub.days.results = 31;
    await hub.ingest.handleBatch([result(1, '2090-01-01T00:00:00.000Z')]);
    hub.clock.now = at('2026-07-15T00:00:00Z');
    await hub.retention.round();
    expect(await sequences()).toEqual([]);
  });

  it('deletes records of refused events after their days', async () => {
    await hub.ingest.handleBatch([
      sampleMessage(siteTopics.results, sampleResult(SITE, 1), { value: '{}' }),
      result(2, '2026-05-04T00:00:00.000Z'),
    ]);
    hub.clock.now += 400 * DAY_MS;
    await hub.retention.round();
    expect(await values('select count(*) as value from quarantine')).toEqual([1]);
    hub.clock.now += 1;
    await hub.retention.round();
    expect(await values('select count(*) as value from quarantine')).toEqual([0]);
  });

  it('keeps who was given rows at the hub as long as the audit of sites', async () => {
    await recordAccess(hub.database, {
      at: new Date(hub.clock.now),
      who: { role: 'compliance', actor: 'a'.repeat(64) },
      action: 'results.listed',
      query: {},
    });
    await hub.chain.round();
    const rows = (): Promise<number[]> => values('select count(*) as value from audit');
    hub.clock.now = at('2026-06-01T00:00:00Z') + hub.days.audit * DAY_MS - 1;
    await hub.retention.round();
    expect(await rows()).toEqual([1]);
    hub.clock.now += 1;
    await hub.retention.round();
    expect(await rows()).toEqual([0]);
  });

  it('believes the clock that keeps more, when the hub’s and the database’s differ', async () => {
    hub.days.results = 31;
    await hub.ingest.handleBatch([result(1, '2026-05-04T00:00:00.000Z')]);
    hub.clock.databaseNow = hub.clock.now;
    hub.clock.now += 1000 * DAY_MS;
    await hub.retention.round();
    expect(await sequences()).toEqual([1]);
  });

  it('never lowers a floor: what is gone is not taken again after the days were raised', async () => {
    hub.days.results = 31;
    const old = result(1, '2026-04-02T00:00:00.000Z');
    await hub.ingest.handleBatch([old]);
    hub.clock.now = at('2026-06-02T00:00:00Z');
    await hub.retention.round();
    hub.days.results = 400;
    await hub.retention.round();
    await hub.ingest.handleBatch([old]);
    expect(await sequences()).toEqual([]);
  });
});
