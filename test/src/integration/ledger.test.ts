import { mirroredTopic, siteTopics } from '@hilum/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  auditEvent,
  feedbackEvent,
  heartbeatEvent,
  makeSiteTopics,
  resultEvent,
  sendEvents,
  siteEvents,
  type HubEvent,
} from '../support/hub-events.js';
import { getJson } from '../support/fleet.js';
import { HubServers, type HubProcess } from '../support/hub-servers.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;
const PLANTED = 'Jane Q. Doe 1961';
const DEADLINE_MS = 120_000;
const SITES = ['st-agnes', 'riverside', 'north-clinic'];
const RESULTS = 60;
const now = Date.now();

let servers: HubServers;
let database: pg.Client;

beforeAll(async () => {
  servers = await HubServers.start();
  database = new pg.Client({ connectionString: servers.state.databaseUrl });
  await database.connect();
});
afterAll(async () => {
  await database.end();
  await servers.stop();
});

/** Every table as it is, but for when and in which order the rows came. */
const TABLES = {
  results: ['position', 'received_at'],
  feedback: ['received_at'],
  heartbeats: ['received_at'],
  quarantine: ['received_at'],
  result_ids: [],
  feedback_ids: [],
  audit_ids: [],
  site_decision_counts: [],
  model_decision_counts: ['first_received_at', 'last_received_at'],
  site_hours: [],
  site_days: [],
  consumer_offsets: ['recorded_at'],
  sites: ['first_seen_at', 'last_received_at', 'state', 'state_since', 'heartbeat_received_at', 'settled'],
} as const;

async function ledger(): Promise<Record<string, unknown[]>> {
  const content: Record<string, unknown[]> = {};
  for (const [table, changing] of Object.entries(TABLES)) {
    const { rows } = await database.query<{ row: unknown }>(
      `select to_jsonb(t) - $1::text[] as row from ${table} t order by 1`,
      [changing],
    );
    content[table] = rows.map(({ row }) => row);
  }
  return content;
}

async function number(text: string): Promise<number> {
  const { rows } = await database.query<{ number: string | number | null }>(text);
  return Number(rows[0]?.number);
}

/** How many records of all topics are in the ledger's account. */
const accounted = (): Promise<number> => number('select coalesce(sum(next_offset), 0) as number from consumer_offsets');

function* mixed(): Generator<HubEvent> {
  for (const site of SITES) {
    for (let sequence = 1; sequence <= RESULTS; sequence += 1)
      // over five hours and a change of the day
      yield resultEvent(site, sequence, now - sequence * 5 * 60_000);
    for (let beat = 1; beat <= 40; beat += 1) yield heartbeatEvent(site, RESULTS + 2, now - beat * 15_000);
    yield feedbackEvent(site, RESULTS + 1, now);
    yield auditEvent(site, RESULTS + 2, now);
    // the same once more, as after a replay
    yield resultEvent(site, 7, now - 7 * 5 * 60_000);
    // and one that does not conform
    const { topic, message } = resultEvent(site, RESULTS + 3, now);
    yield { topic, message: { ...message, value: JSON.stringify({ patientName: PLANTED }) } };
  }
}

describe('the ledger and Kafka', () => {
  let sent = 0;
  let before: Record<string, unknown[]>;
  let hub: HubProcess;

  it(
    'agree on every record, with what does not conform set aside, told of, and stored nowhere',
    async () => {
      await makeSiteTopics(servers.kafka, SITES);
      sent = await sendEvents(servers.kafka, mixed());
      hub = await servers.startHub();
      await until('all is recorded', async () => (await accounted()) === sent, DEADLINE_MS);
      expect(await hub.events('recorded')).toBe(SITES.length * (RESULTS + 40 + 2));
      expect(await hub.events('duplicate')).toBe(SITES.length);
      expect(await hub.events('quarantined')).toBe(SITES.length);
      const alarms = await getJson<{ items: { site: string; kind: string; severity: string }[] }>(
        `${servers.state.url.replace(/:\d+$/, `:${new URL(hub.url).port}`)}/api/v1/alarms?state=open`,
        servers.state.tokens.compliance,
      );
      expect(
        alarms.items
          .filter(({ kind }) => kind === 'quarantine')
          .map(({ site }) => site)
          .sort(),
      ).toEqual([...SITES].sort());
      const { rows: tables } = await database.query<{ name: string }>(
        `select tablename as name from pg_tables where schemaname = 'public'`,
      );
      for (const { name } of tables)
        expect(
          await number(`select count(*) as number from "${name}" t where to_jsonb(t)::text ilike '%jane%'`),
          name,
        ).toBe(0);
      expect(hub.output).not.toContain('Jane');
    },
    DEADLINE_MS * 2,
  );

  it(
    'give the same tables when the ledger is emptied and reads everything again',
    async () => {
      await hub.end('SIGTERM');
      before = await ledger();
      expect(before['results']).toHaveLength(SITES.length * RESULTS);
      // but for the audit, which nobody may empty and which knows what it has
      const emptied = Object.keys(TABLES).filter((table) => table !== 'audit_ids');
      await database.query(`truncate ${emptied.join(', ')}, site_state_changes, sequence_marks, alarms`);
      hub = await servers.startHub();
      await until('all is recorded again', async () => (await accounted()) === sent, DEADLINE_MS);
      await hub.end('SIGTERM');
      expect(await ledger()).toEqual(before);
    },
    DEADLINE_MS * 2,
  );

  it(
    'are read again from where the ledger stands, when more was committed than it has',
    async () => {
      const topic = mirroredTopic('st-agnes', siteTopics.results);
      // a database that was restored to an earlier moment, while the broker was not
      await database.query('update consumer_offsets set next_offset = 10 where topic = $1', [topic]);
      hub = await servers.startHub();
      await until('all is accounted for', async () => (await accounted()) === sent, DEADLINE_MS);
      // all results but ten, one of them twice
      expect(await hub.events('duplicate')).toBe(RESULTS - 10 + 1);
      await hub.end('SIGTERM');
      expect(await ledger()).toEqual(before);
    },
    DEADLINE_MS * 2,
  );

  it(
    'are not what another broker’s offsets say: its log is read from the first record',
    async () => {
      await database.query(`update consumer_offsets set log = 'another broker', next_offset = 1000000`);
      hub = await servers.startHub();
      await until('all is accounted for', async () => (await accounted()) === sent, DEADLINE_MS);
      await hub.end('SIGTERM');
      expect(await ledger()).toEqual(before);
    },
    DEADLINE_MS * 2,
  );
});

describe('an hour’s backlog', () => {
  const RESULTS_AN_HOUR = 120;
  let survivor: HubProcess;

  const named = (what: string): string[] => Array.from({ length: 30 }, (_, index) => `${what}-${index + 1}`);

  /** What these sites sent in the last hour. */
  function* hourOf(sites: readonly string[]): Generator<HubEvent> {
    const from = Math.floor(now / 60_000) * 60_000 - HOUR_MS;
    for (const site of sites)
      yield* siteEvents(site, { from, until: from + HOUR_MS, resultEveryMs: 30_000, heartbeatEveryMs: 15_000 });
  }

  async function expectWhole(what: string, sites: readonly string[], events: number): Promise<void> {
    const ofThem = `where site like '${what}-%'`;
    const results = sites.length * RESULTS_AN_HOUR;
    expect(await number(`select count(*) as number from results ${ofThem}`)).toBe(results);
    expect(await number(`select count(distinct id) as number from results ${ofThem}`)).toBe(results);
    expect(await number(`select count(*) as number from heartbeats ${ofThem}`)).toBe(events - results);
    expect(await number(`select sum(total) as number from site_decision_counts ${ofThem}`)).toBe(results);
    for (const table of ['site_hours', 'site_days'])
      expect(
        await number(
          `select sum(normal + review + pneumonia_suspected + unreadable) as number from ${table} ${ofThem}`,
        ),
      ).toBe(results);
    expect(
      await number(`select count(*) as number from sites ${ofThem.replace('site', 'name')}
                       and received <> int8multirange(int8range(1, ${RESULTS_AN_HOUR + 1}))`),
    ).toBe(0);
  }

  it(
    'is shared by two hubs, and neither lost nor doubled when one of them is killed in the middle of it',
    async () => {
      const sites = named('ward');
      await makeSiteTopics(servers.kafka, sites);
      const hubs = await Promise.all([servers.startHub(), servers.startHub()]);
      survivor = hubs[0];
      const before = await accounted();
      const sending = sendEvents(servers.kafka, hourOf(sites));
      // whatever the clients do to divide the work, both have some of it before the kill
      await until(
        'both hubs record',
        async () => (await hubs[0].events('recorded')) > 0 && (await hubs[1].events('recorded')) > 0,
        DEADLINE_MS,
      );
      await hubs[1].end('SIGKILL');
      const events = await sending;
      await until('the backlog is recorded', async () => (await accounted()) - before === events, DEADLINE_MS);
      await expectWhole('ward', sites, events);
    },
    DEADLINE_MS * 3,
  );

  it(
    'of a time when no hub ran comes in whole when two start again, though one of them is killed meanwhile',
    async () => {
      const sites = named('clinic');
      await makeSiteTopics(servers.kafka, sites);
      await survivor.end('SIGTERM');
      const before = await accounted();
      const events = await sendEvents(servers.kafka, hourOf(sites));
      expect(await accounted()).toBe(before);
      const hubs = await Promise.all([servers.startHub(), servers.startHub()]);
      await until('some of it is recorded', async () => (await accounted()) > before, DEADLINE_MS);
      await hubs[1].end('SIGKILL');
      await until('the backlog is recorded', async () => (await accounted()) - before === events, DEADLINE_MS);
      await expectWhole('clinic', sites, events);
      // and they are heard again: nothing of that hour is missing
      const { items } = await getJson<{ items: { name: string; missing: number; counts: { total: number } }[] }>(
        `${hubs[0].url}/api/v1/sites?limit=500`,
        servers.state.tokens['hospital-it'],
      );
      const counted = items.filter(({ name }) => name.startsWith('clinic-'));
      expect(counted).toHaveLength(sites.length);
      for (const { missing, counts } of counted) expect([missing, counts.total]).toEqual([0, RESULTS_AN_HOUR]);
    },
    DEADLINE_MS * 3,
  );
});
