import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawRadiograph } from '@hilum/local';
import { siteTopics } from '@hilum/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet, getAll, getJson, type Page, type SiteState } from '../support/fleet.js';
import { duplicatesAtHub } from '../support/hub-metrics.js';
import { kafkaClient, produce, withAdmin } from '../support/kafka-access.js';
import { until } from '../support/until.js';

// What an operator does about what could not be delivered and about what the hub misses, on a real hospital and hub.

const SITE = 'st-agnes';
const IMAGES = 5;
const DEADLINE_MS = 60_000;
/** A gap counts as missing only after the hub's grace of 30 s. */
const MISSING_DEADLINE_MS = 90_000;

interface ListedDeadLetter {
  site: string;
  id: string;
  state: string;
  code: string;
  status: number;
  settled: { by: string; why: string | null } | null;
}
interface HubSite {
  name: string;
  missing: number;
  deadLetters: number | null;
  counts: { total: number };
}
type ResultRow = Record<string, unknown> & { sequence: number; id: string };

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ sites: 1, env: { HILUM_EDGE_HEARTBEAT_INTERVAL_MS: '1000' } });
});
afterAll(async () => {
  await fleet?.stop();
});

const site = (): SiteState => fleet.site(SITE);
const hubUrl = (path: string): string => `${fleet.state.hub.url}${path}`;
const hubToken = (): string => fleet.state.hub.tokens['hospital-it'];

async function hubSite(): Promise<HubSite> {
  const { items } = await getJson<Page<HubSite>>(hubUrl('/api/v1/sites'), hubToken());
  return items.find(({ name }) => name === SITE) ?? expect.fail(`the hub does not know ${SITE}`);
}

async function openAlarms(): Promise<string[]> {
  const alarms = await getAll<{ kind: string }>(hubUrl('/api/v1/alarms?state=open'), hubToken());
  return alarms.map(({ kind }) => kind);
}

/** The ids of the open dead letters as soon as they are these; asked at the edge, for starting a command takes longer. */
async function untilOpen(ids: readonly string[]): Promise<void> {
  await until(
    `the dead letters ${ids.join()}`,
    async () => {
      const items = await getAll<{ id: string }>(`${site().url}/api/v1/dead-letters`, site().tokens['hospital-it']);
      return items.map(({ id }) => id).join() === ids.join();
    },
    DEADLINE_MS,
  );
}

async function deadLetters(...flags: string[]): Promise<ListedDeadLetter[]> {
  return JSON.parse(await fleet.hilum('dlq', 'list', '--json', ...flags)) as ListedDeadLetter[];
}

/** The hub's rows by sequence, without the time at which the hub received them. */
async function hubRows(): Promise<ResultRow[]> {
  const rows = await getAll<ResultRow>(hubUrl(`/api/v1/results?site=${SITE}`), hubToken());
  return rows.map((row) => ({ ...row, receivedAt: undefined })).sort((a, b) => a.sequence - b.sequence);
}

async function inDatabase<Row extends pg.QueryResultRow>(
  connectionString: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

describe('a notification that cannot be delivered', () => {
  it('is listed with its reason, and counted at the hub', async () => {
    await produce(kafkaClient(site().kafka), siteTopics.uploads, { key: 'demo_Jane Doe.jpeg', value: 'not json' });
    await untilOpen(['0-0']);
    expect(await deadLetters()).toMatchObject([
      { site: SITE, id: '0-0', state: 'open', code: 'HILUM_EVENT_DATA_NOT_JSON', status: 400, settled: null },
    ]);
    const table = await fleet.hilum('dlq', 'list', '--site', SITE);
    expect(table).toMatch(/st-agnes +0-0 +open .*HILUM_EVENT_DATA_NOT_JSON/);
    expect(table).not.toContain('Jane');
    await until(
      'the hub counts it and raises an alarm',
      async () => (await hubSite()).deadLetters === 1 && (await openAlarms()).includes('dead-letters'),
      DEADLINE_MS,
    );
  });

  it('comes back as a new one when it is sent again and fails again', async () => {
    expect(await fleet.hilum('dlq', 'resend', '--site', SITE, '0-0')).toBe(`${SITE} 0-0: resent\n`);
    await untilOpen(['0-1']);
    await expect(fleet.hilum('dlq', 'resend', '--site', SITE, '0-0')).rejects.toThrow('was resent by hospital-it');
  });

  it('is gone from the list and from the hub when it is discarded, with the reason kept', async () => {
    await expect(fleet.hilum('dlq', 'discard', '0-1', '--site', SITE, '--why', ' ')).rejects.toThrow('why');
    const why = 'put there by hand, names no image';
    expect(await fleet.hilum('dlq', 'discard', '0-1', '--site', SITE, '--why', why)).toBe(`${SITE} 0-1: discarded\n`);
    expect(await deadLetters()).toEqual([]);
    expect(await fleet.hilum('dlq', 'list')).toContain('No dead letters');
    expect(await deadLetters('--all')).toMatchObject([
      { id: '0-0', state: 'resent', settled: { by: 'hospital-it', why: null } },
      { id: '0-1', state: 'discarded', settled: { by: 'hospital-it', why } },
    ]);
    await until(
      'the hub counts none and closes the alarm',
      async () => (await hubSite()).deadLetters === 0 && !(await openAlarms()).includes('dead-letters'),
      DEADLINE_MS,
    );
  });

  it('leaves no consumer group behind that it was read with', async () => {
    const { groups } = await withAdmin(kafkaClient(site().kafka), (admin) => admin.listGroups());
    expect(groups.map(({ groupId }) => groupId).filter((name) => name.includes('dead-letters'))).toEqual([]);
  });
});

describe('events that the hub misses', () => {
  let before: ResultRow[] = [];

  it(
    'are shown as missing, and are all there again after a replay',
    async () => {
      for (let seed = 1; seed <= IMAGES; seed += 1) {
        const { jpeg } = await drawRadiograph({ seed, finding: 'normal' });
        const response = await fetch(`${site().url}/api/v1/studies`, {
          method: 'POST',
          body: new Uint8Array(jpeg),
          headers: { authorization: `Bearer ${site().tokens.staff}`, 'content-type': 'image/jpeg' },
        });
        expect(response.status).toBe(201);
      }
      before = await until(
        'all results at the hub',
        async () => {
          const rows = await hubRows();
          return rows.length === IMAGES && rows;
        },
        DEADLINE_MS,
      );
      expect(before.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);

      // as if two of them had been lost on their way
      await inDatabase(
        fleet.state.hub.databaseUrl,
        `with lost as (delete from results where site = '${SITE}' and sequence in (2, 4) returning site, id, decision),
           forgotten as (
             delete from result_ids using lost
              where key = encode(substring(sha256(convert_to(site || E'\\n' || id, 'UTF8')) for 16), 'hex')::uuid),
           counts as (select decision, count(*) as number from lost group by decision),
           counted as (update site_decision_counts c set total = c.total - counts.number from counts
                        where c.site = '${SITE}' and c.decision = counts.decision)
         update sites set received = received - '{[2,3),[4,5)}'::int8multirange where name = '${SITE}'`,
      );
      await until(
        'the hub misses two and raises an alarm',
        async () => (await hubSite()).missing === 2 && (await openAlarms()).includes('sequences-missing'),
        MISSING_DEADLINE_MS,
      );

      const out = await fleet.hilum('relay', 'replay', '--site', SITE, '--from', '2');
      expect(out).toContain('4 event(s) of 2 to 5 queued');
      expect(out).toContain('all sent');
      await until('the hub misses nothing', async () => (await hubSite()).missing === 0, DEADLINE_MS);
      expect(await hubRows()).toEqual(before);
      await until('the alarm is closed', async () => !(await openAlarms()).includes('sequences-missing'));
    },
    MISSING_DEADLINE_MS + 3 * DEADLINE_MS,
  );

  it('are not doubled by a replay of what the hub has, however often', async () => {
    const duplicates = await duplicatesAtHub(fleet.state.hub.url);
    for (let times = 0; times < 5; times += 1)
      await fleet.hilum('relay', 'replay', '--site', SITE, '--from', '1', '--to', '5');
    await until(
      'all came to the hub again',
      async () => (await duplicatesAtHub(fleet.state.hub.url)) === duplicates + 5 * IMAGES,
    );
    expect(await hubRows()).toEqual(before);
    expect(await hubSite()).toMatchObject({ missing: 0, counts: { total: IMAGES } });
    expect(await getJson(`${site().url}/api/v1/relay`, site().tokens['hospital-it'])).toEqual({
      sequence: IMAGES,
      published: IMAGES,
      pending: 0,
      replaying: 0,
      oldestKept: 1,
      newest: IMAGES,
    });
  });

  it('are named when the hospital no longer keeps them', async () => {
    await inDatabase(site().databaseUrl, 'delete from outbox where sequence <= 2');
    await expect(fleet.hilum('relay', 'replay', '--site', SITE, '--from', '1')).rejects.toThrow(
      `${SITE} can no longer send 1 to 2: sent events are kept for 30 days, the oldest kept is 3`,
    );
  });

  it.each([
    [['--site', 'nowhere', '--from', '1'], `there is no site nowhere; there are: ${SITE}`],
    [['--site', SITE, '--from', '6'], 'from: must be at most 5'],
    [['--site', SITE, '--from', '3', '--to', '2'], '--to must not be below --from'],
    [['--site', SITE, '--from', '0'], 'It must be a whole number from 1'],
  ])('are not sent with %j, and the error says why', async (flags, message) => {
    await expect(fleet.hilum('relay', 'replay', ...flags)).rejects.toThrow(message);
  });
});

describe('what compliance asks for', () => {
  it('is at the command line: the audit anchored and checked, and evidence fetched and verified', async () => {
    // somebody looks at rows, so that there is something to be told
    await getJson(hubUrl('/api/v1/results'), hubToken());
    expect(await fleet.hilum('audit', 'anchor')).toMatch(/^Anchor \d+ covers the audit up to row \d+\.\n$/);
    expect(await fleet.hilum('audit', 'verify')).toMatch(/^The audit is intact: \d+ rows/);

    const folder = mkdtempSync(join(tmpdir(), 'hilum-evidence-'));
    try {
      const pack = join(folder, 'evidence.zip');
      await expect(fleet.hilum('evidence', '--since', '2000-01-01', '--out', pack)).rejects.toThrow(
        'since: must be at most 400 days before until',
      );
      const since = new Date(Date.now() - 86_400_000).toISOString();
      await fleet.hilum('evidence', '--since', since, '--out', pack);
      expect(readdirSync(folder)).toEqual(['evidence.zip']);
      const report = JSON.parse(await fleet.hilum('evidence', 'verify', pack, '--json')) as Record<string, unknown>;
      expect(report).toMatchObject({ isValid: true, isKnownKey: true, problems: [], since });
      expect(report['rows']).toBeGreaterThan(0);
      const bytes = readFileSync(pack);
      bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200);
      writeFileSync(pack, bytes);
      await expect(fleet.hilum('evidence', 'verify', pack)).rejects.toThrow('ended with 1');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
