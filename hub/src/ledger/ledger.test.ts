import { siteTopics } from '@hilum/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listSites } from '../fleet/fleet-store.js';
import {
  hex64,
  sampleAudit,
  sampleFeedback,
  sampleHeartbeat,
  sampleMessage,
  sampleResult,
} from '../testing/sample-events.js';
import { startTestHub, type TestHub } from '../testing/start-test-hub.js';
import { listResults, resultsAfter } from './result-store.js';
import { summarise } from './summary-store.js';

const SITE = 'st-agnes';
let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
});
beforeEach(() => hub.reset());
afterAll(() => hub.stop());

const resultMessage = (sequence: number, change: Parameters<typeof sampleResult>[2] = {}) =>
  sampleMessage(siteTopics.results, sampleResult(SITE, sequence, change));
const heartbeatMessage = (sequence: number, at: string) =>
  sampleMessage(siteTopics.heartbeat, sampleHeartbeat(SITE, sequence, { at }));

/** All tables as they are, but for when and in which order the rows came. */
async function tables(): Promise<unknown> {
  const { rows } = await hub.database.query(
    `select (select jsonb_agg(to_jsonb(r) - 'position' - 'received_at' order by id) from results r) as results,
            (select jsonb_agg(to_jsonb(f) - 'received_at' order by id) from feedback f) as feedback,
            (select jsonb_agg(to_jsonb(a) - 'entry' - 'recorded_at' order by id) from audit_inbox a) as audit,
            (select jsonb_agg(to_jsonb(q) - 'received_at' order by "offset") from quarantine q) as quarantine,
            (select jsonb_agg(to_jsonb(c) order by site, decision) from site_decision_counts c) as counts,
            (select jsonb_agg(jsonb_build_object('name', name, 'received', received::text, 'highest', highest,
                                                 'heartbeat', heartbeat)) from sites) as sites`,
  );
  return rows[0];
}

async function missing(): Promise<number | undefined> {
  await hub.fleet.round();
  return (await listSites(hub.database))[0]?.row.missing;
}

describe('the ledger', () => {
  it('is the same whether events come once in order or twice, shuffled and in other batches', async () => {
    const messages = [
      resultMessage(1),
      resultMessage(2, { decision: 'unreadable', probability: null, reason: 'corrupt' }),
      sampleMessage(siteTopics.feedback, sampleFeedback(SITE, 3)),
      sampleMessage(siteTopics.audit, sampleAudit(SITE, 4)),
      resultMessage(5, { decision: 'pneumonia-suspected', probability: 0.97 }),
      heartbeatMessage(5, '2026-05-04T12:00:00.000Z'),
      heartbeatMessage(5, '2026-05-04T12:00:15.000Z'),
      sampleMessage(siteTopics.results, sampleResult(SITE, 6), { value: '{}' }),
    ];
    for (const message of messages) await hub.ingest.handleBatch([message]);
    const once = await tables();

    await hub.reset();
    const of = (topic: string) => messages.filter((message) => message.topic === `${SITE}.${topic}`).reverse();
    for (const topic of [siteTopics.heartbeat, siteTopics.audit, siteTopics.results, siteTopics.feedback]) {
      await hub.ingest.handleBatch([...of(topic), ...of(topic)]);
      await hub.ingest.handleBatch(of(topic));
    }
    expect(await tables()).toEqual(once);
  });

  it('counts what it recorded, what it had already and what it refused, by topic', async () => {
    const refused = sampleMessage(siteTopics.results, sampleResult(SITE, 9), { value: '[]' });
    await hub.ingest.handleBatch([resultMessage(1), resultMessage(1), refused]);
    await hub.ingest.handleBatch([refused]);
    const text = await hub.registry.getSingleMetricAsString('hilum_hub_events_total');
    expect(text).toContain('{topic="results.deid.v1",outcome="duplicate"}');
    expect(hub.told.recorded).toBe(1);
    const { rows } = await hub.database.query(`select count(*) as count from quarantine`);
    expect(rows[0]).toEqual({ count: 1 });
  });

  it('records together what many sites sent while a transaction was under way, and notes how far each was read', async () => {
    const sites = Array.from({ length: 20 }, (_, index) => `site-${index}`);
    await Promise.all(
      sites.map((site) =>
        hub.ingest.handleBatch([1, 2].map((n) => sampleMessage(siteTopics.results, sampleResult(site, n)))),
      ),
    );
    expect(hub.told.recorded).toBe(2);
    expect(await resultsAfter(hub.database, 0, 100)).toHaveLength(40);
    const { rows } = await hub.database.query(
      `select count(*) as partitions, min(next_offset) as least, max(next_offset) as most, min(log) as log
         from consumer_offsets`,
    );
    expect(rows).toEqual([{ partitions: 20, least: 3, most: 3, log: 'test-log' }]);
  });

  it('does not let one site’s bad value fail what other sites sent beside it', async () => {
    const batchOf = (site: string, change: Parameters<typeof sampleResult>[2]) =>
      hub.ingest.handleBatch([sampleMessage(siteTopics.results, sampleResult(site, 1, change))]);
    await Promise.all([
      batchOf('first', {}),
      batchOf('riverside', {}),
      batchOf('bad', { uploadedAt: '0000-01-01T00:00:00.000Z' }),
      batchOf(SITE, {}),
    ]);
    const found = await resultsAfter(hub.database, 0, 10);
    expect(found.map(({ result }) => result.site).sort()).toEqual(['first', 'riverside', SITE]);
    const { rows } = await hub.database.query('select site from quarantine');
    expect(rows).toEqual([{ site: 'bad' }]);
  });

  it('does not let one site take the ids of another', async () => {
    const id = 'd'.repeat(64);
    for (const site of ['riverside', SITE])
      await hub.ingest.handleBatch([sampleMessage(siteTopics.results, sampleResult(site, 1), { id })]);
    expect(await resultsAfter(hub.database, 0, 10)).toHaveLength(2);
  });

  it('gives each result one position, in the order of recording, also beside duplicates', async () => {
    await hub.ingest.handleBatch([resultMessage(1), resultMessage(2)]);
    await hub.ingest.handleBatch([resultMessage(2), resultMessage(3)]);
    const rows = await resultsAfter(hub.database, 0, 10);
    expect(rows.map(({ result }) => result.sequence)).toEqual([1, 2, 3]);
    expect(rows.map(({ position }) => position)).toEqual(
      [...rows.map(({ position }) => position)].sort((a, b) => a - b),
    );
  });

  it('keeps positions in the order in which they become visible when batches of two sites are recorded at once', async () => {
    const seen: number[] = [];
    const read = async (): Promise<void> => {
      for (const { position } of await resultsAfter(hub.database, seen.at(-1) ?? 0, 1000)) seen.push(position);
    };
    const write = async (site: string): Promise<void> => {
      for (let sequence = 1; sequence <= 40; sequence += 1)
        await hub.ingest.handleBatch([sampleMessage(siteTopics.results, sampleResult(site, sequence))]);
    };
    let isWriting = true;
    const writing = Promise.all([write('riverside'), write(SITE)]).finally(() => (isWriting = false));
    while (isWriting) await read();
    await writing;
    await read();
    expect(seen).toHaveLength(80);
  });

  it('tells a result as it was sent, with id, time of arrival and trace id', async () => {
    await hub.ingest.handleBatch([resultMessage(1)]);
    const [row] = await listResults(hub.database, {}, { limit: 10 });
    expect(row?.result).toEqual({
      ...sampleResult(SITE, 1),
      id: hex64(`${siteTopics.results} ${SITE} 1`),
      receivedAt: '2026-05-04T12:00:00.000Z',
      traceId: hex64('trace 1').slice(0, 32),
    });
  });
});

describe('missing sequences', () => {
  it('count a gap only when a later event has been known for the grace period', async () => {
    await hub.ingest.handleBatch([resultMessage(1), resultMessage(2), resultMessage(6)]);
    expect(await missing()).toBe(0);
    hub.clock.now += 29_999;
    expect(await missing()).toBe(0);
    hub.clock.now += 1;
    expect(await missing()).toBe(3);
  });

  it('are none when the gap is filled late and out of order, by whatever topic', async () => {
    await hub.ingest.handleBatch([resultMessage(6), resultMessage(1)]);
    await missing();
    hub.clock.now += 60_000;
    expect(await missing()).toBe(4);
    await hub.ingest.handleBatch([sampleMessage(siteTopics.audit, sampleAudit(SITE, 4))]);
    await hub.ingest.handleBatch([sampleMessage(siteTopics.feedback, sampleFeedback(SITE, 3))]);
    expect(await missing()).toBe(2);
    await hub.ingest.handleBatch([resultMessage(5), resultMessage(2)]);
    expect(await missing()).toBe(0);
  });

  it('are seen at the tail by the heartbeat, although nothing follows', async () => {
    await hub.ingest.handleBatch([resultMessage(1)]);
    await hub.ingest.handleBatch([heartbeatMessage(4, '2026-05-04T12:00:00.000Z')]);
    expect(await missing()).toBe(0);
    hub.clock.now += 30_000;
    expect(await missing()).toBe(3);
  });

  it('of newer events wait for their own grace period while older gaps count', async () => {
    await hub.ingest.handleBatch([resultMessage(2)]);
    await missing();
    hub.clock.now += 20_000;
    await hub.ingest.handleBatch([resultMessage(9)]);
    await missing();
    hub.clock.now += 10_000;
    expect(await missing()).toBe(1);
    hub.clock.now += 20_000;
    expect(await missing()).toBe(7);
  });

  it('wait their whole grace period though the clocks of two hubs are a little apart', async () => {
    await hub.ingest.handleBatch([resultMessage(1), resultMessage(5)]);
    await missing();
    // the other hub, a moment behind
    hub.clock.now -= 50;
    expect(await missing()).toBe(0);
    hub.clock.now += 30_049;
    expect(await missing()).toBe(0);
    hub.clock.now += 1;
    expect(await missing()).toBe(3);
  });

  it('are not hidden by what was noted before a clock was set back', async () => {
    hub.clock.now += 86_400_000;
    await hub.ingest.handleBatch([resultMessage(1), resultMessage(5)]);
    await missing();
    hub.clock.now -= 86_400_000;
    expect(await missing()).toBe(3);
  });
});

describe('the latest heartbeat', () => {
  it('is the newest by the site’s clock, unless that clock ran ahead of the hub’s', async () => {
    const lastBeat = async (): Promise<unknown> => (await listSites(hub.database))[0]?.row.lastHeartbeatAt;
    await hub.ingest.handleBatch([heartbeatMessage(0, '2026-05-04T11:59:45.000Z')]);
    await hub.ingest.handleBatch([heartbeatMessage(0, '2026-05-04T11:59:30.000Z')]);
    expect(await lastBeat()).toBe('2026-05-04T11:59:45.000Z');
    await hub.ingest.handleBatch([heartbeatMessage(0, '2027-01-01T00:00:00.000Z')]);
    await hub.ingest.handleBatch([heartbeatMessage(0, '2026-05-04T12:00:00.000Z')]);
    expect(await lastBeat()).toBe('2026-05-04T12:00:00.000Z');
  });
});

describe('listResults', () => {
  it('pages through all rows once, newest first, while new ones arrive', async () => {
    await hub.ingest.handleBatch([1, 2, 3, 4, 5].map((sequence) => resultMessage(sequence)));
    const first = await listResults(hub.database, {}, { limit: 2 });
    await hub.ingest.handleBatch([resultMessage(6)]);
    const rest = await listResults(hub.database, {}, { limit: 10, before: first.at(-1)?.position });
    expect([...first, ...rest].map(({ result }) => result.sequence)).toEqual([5, 4, 3, 2, 1]);
  });

  it('filters by site, decision, model and time of scoring', async () => {
    await hub.ingest.handleBatch([
      resultMessage(1, { scoredAt: '2026-05-04T10:00:00.000Z' }),
      resultMessage(2, { decision: 'review', scoredAt: '2026-05-04T11:00:00.000Z' }),
    ]);
    await hub.ingest.handleBatch([sampleMessage(siteTopics.results, sampleResult('riverside', 3))]);
    const found = async (filter: Parameters<typeof listResults>[1]): Promise<number[]> =>
      (await listResults(hub.database, filter, { limit: 10 })).map(({ result }) => result.sequence);
    expect(await found({ site: 'riverside' })).toEqual([3]);
    expect(await found({ decision: 'review' })).toEqual([2]);
    expect(await found({ model: { name: 'cxr-triage', version: '1.0.0' } })).toEqual([3, 2, 1]);
    expect(await found({ model: { digest: `sha256:${hex64('other')}` } })).toEqual([]);
    expect(await found({ since: '2026-05-04T11:00:00Z', until: '2026-05-04T12:00:00Z' })).toEqual([2]);
  });
});

describe('summarise', () => {
  it('gives counts and percentiles by site, with sites that had nothing', async () => {
    // of 100, 200, 300 and 400 ms the middles of the buckets of the second and the last: 200 to 250, and 400 to 500
    const scored = [100, 200, 300, 400].map((ms, index) =>
      resultMessage(index + 1, {
        scoredAt: new Date(Date.UTC(2026, 4, 4, 12, 0, 0, ms)).toISOString(),
        ...(index === 0 ? { decision: 'review' as const } : {}),
      }),
    );
    const tooEarly = resultMessage(5, { scoredAt: '2026-05-03T12:00:00.000Z', uploadedAt: '2026-05-03T11:00:00.000Z' });
    await hub.ingest.handleBatch([...scored, tooEarly]);
    await hub.ingest.handleBatch([sampleMessage(siteTopics.heartbeat, sampleHeartbeat('riverside', 0))]);
    const from = new Date('2026-05-04T00:00:00Z');
    const to = new Date('2026-05-05T00:00:00Z');
    const none = { normal: 0, review: 0, 'pneumonia-suspected': 0, unreadable: 0 };
    expect(await summarise(hub.database, from, to)).toEqual({
      from: from.toISOString(),
      to: to.toISOString(),
      total: 4,
      byDecision: { ...none, normal: 3, review: 1 },
      sites: [
        { site: 'riverside', total: 0, byDecision: none, latencyMs: { p50: null, p95: null } },
        { site: SITE, total: 4, byDecision: { ...none, normal: 3, review: 1 }, latencyMs: { p50: 225, p95: 450 } },
      ],
    });
  });
});

describe('the quarantine', () => {
  it('takes what the ledger cannot store, and nothing behind it waits', async () => {
    await hub.ingest.handleBatch([
      resultMessage(1),
      resultMessage(2, { uploadedAt: '0000-01-01T00:00:00.000Z' }),
      resultMessage(3),
    ]);
    const { rows } = await hub.database.query(`select code, "offset"::int from quarantine`);
    expect(rows).toEqual([{ code: 'HILUM_HUB_EVENT_NOT_STORABLE', offset: 2 }]);
    expect((await listResults(hub.database, {}, { limit: 10 })).map(({ result }) => result.sequence)).toEqual([3, 1]);
  });

  it('keeps place, reason, size and hash of a refused record, nothing of its content, and raises an alarm', async () => {
    const planted = 'Jane Q. Doe 1961';
    const value = JSON.stringify({ ...sampleResult(SITE, 1), [planted]: planted });
    await hub.ingest.handleBatch([
      sampleMessage(siteTopics.results, sampleResult(SITE, 1), { value }),
      sampleMessage(siteTopics.results, sampleResult(SITE, 2), { subject: planted }),
      sampleMessage(siteTopics.results, sampleResult(SITE, 3), { id: planted }),
      resultMessage(4),
    ]);
    const { rows } = await hub.database.query(`select code, payload_sha256, payload_bytes from quarantine`);
    expect(rows).toContainEqual({
      code: 'HILUM_EVENT_DATA_INVALID',
      payload_sha256: hex64(value),
      payload_bytes: value.length,
    });
    const names = await hub.database.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    for (const { name } of names.rows) {
      const content = await hub.database.query(`select to_jsonb(t)::text as text from "${name}" t`);
      expect(JSON.stringify(content.rows)).not.toContain('Jane');
    }
    await hub.fleet.round();
    expect((await listResults(hub.database, {}, { limit: 10 })).map(({ result }) => result.sequence)).toEqual([4]);
    const alarms = await hub.database.query(
      `select site, kind, severity, closed_at from alarms where kind = 'quarantine'`,
    );
    expect(alarms.rows).toEqual([{ site: SITE, kind: 'quarantine', severity: 'critical', closed_at: null }]);
  });
});
