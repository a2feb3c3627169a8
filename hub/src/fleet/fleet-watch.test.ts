import { siteTopics, type SiteHeartbeat } from '@hilum/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listAlarms } from '../alarms/alarm-store.js';
import { addSites } from '../ledger/ledger-store.js';
import { sampleHeartbeat, sampleMessage } from '../testing/sample-events.js';
import { startTestHub, type TestHub } from '../testing/start-test-hub.js';
import { listSites } from './fleet-store.js';

const SITE = 'st-agnes';
let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
});
beforeEach(() => hub.reset());
afterAll(() => hub.stop());

async function beat(change: Partial<SiteHeartbeat> = {}): Promise<void> {
  const at = new Date(hub.clock.now).toISOString();
  await hub.ingest.handleBatch([sampleMessage(siteTopics.heartbeat, sampleHeartbeat(SITE, 0, { at, ...change }))]);
}

async function after(seconds: number): Promise<string | undefined> {
  hub.clock.now += seconds * 1000;
  await hub.fleet.round();
  return (await listSites(hub.database))[0]?.row.state;
}

async function openKinds(): Promise<string[]> {
  return (await listAlarms(hub.database, { state: 'open', limit: 100 })).map(({ kind }) => kind).sort();
}

describe('FleetWatch', () => {
  it('records each change of state once, with its time, and tells of it', async () => {
    await beat();
    expect(await after(0)).toBe('live');
    expect(await after(30)).toBe('live');
    expect(await after(30)).toBe('late');
    expect(await after(280)).toBe('dead');
    await beat();
    expect(await after(1)).toBe('live');
    const { rows } = await hub.database.query<{ state: string; at: Date }>(
      `select state, at from site_state_changes order by id`,
    );
    const start = Date.UTC(2026, 4, 4, 12);
    expect(rows.map(({ state, at }) => [state, (at.getTime() - start) / 1000])).toEqual([
      ['live', 0],
      ['late', 60],
      ['dead', 340],
      ['live', 341],
    ]);
    expect(hub.told.sites.map(({ state }) => state)).toEqual(['late', 'dead', 'live']);
  });

  it('opens an alarm once, lets it follow the state, and closes it when the site is back', async () => {
    await beat();
    await after(0);
    await after(60);
    await after(10);
    expect(await openKinds()).toEqual(['site-late']);
    await after(300);
    expect(await openKinds()).toEqual(['site-dead']);
    await beat();
    await after(1);
    expect(await openKinds()).toEqual([]);
    const alarms = await listAlarms(hub.database, { limit: 10 });
    expect(alarms.map(({ kind, closedAt }) => [kind, closedAt !== null])).toEqual([
      ['site-dead', true],
      ['site-late', true],
    ]);
    expect(hub.told.alarms.map(({ kind, closedAt }) => [kind, closedAt !== null])).toEqual([
      ['site-late', false],
      ['site-late', true],
      ['site-dead', false],
      ['site-dead', true],
    ]);
  });

  it('alarms of components down and dead letters as the heartbeat tells them, until it tells otherwise', async () => {
    await beat({ deadLetters: 2, status: { store: 'down', kafka: 'up', database: 'up', inference: 'unknown' } });
    await after(0);
    expect(await openKinds()).toEqual(['component-down', 'dead-letters']);
    hub.clock.now += 15_000;
    await beat();
    await after(0);
    expect(await openKinds()).toEqual([]);
  });

  it('leaves a quarantine alarm open for a person, one however many events were refused', async () => {
    await beat();
    for (const offset of [1, 2])
      await hub.ingest.handleBatch([
        sampleMessage(siteTopics.heartbeat, sampleHeartbeat(SITE, 0), { value: '{"name":1}', offset }),
      ]);
    await after(0);
    await after(5);
    expect(await openKinds()).toEqual(['quarantine']);
  });

  it('shows a site whose topics exist and that never spoke as late, then dead', async () => {
    await addSites(hub.database, [SITE], new Date(hub.clock.now));
    expect(await after(0)).toBe('late');
    expect(await openKinds()).toEqual([]);
    expect(await after(46)).toBe('late');
    expect(await openKinds()).toEqual(['site-late']);
    expect(await after(255)).toBe('dead');
  });

  it('judges nobody while the hub itself hears nothing', async () => {
    await beat();
    await after(0);
    hub.clock.listeningSince = null;
    expect(await after(3600)).toBe('live');
    hub.clock.listeningSince = hub.clock.now;
    expect(await after(10)).toBe('late');
  });

  it('takes the latest heartbeat by its own time when an older one arrives after it', async () => {
    await beat({ backlog: 7 });
    await beat({ at: '2026-05-04T11:59:30.000Z', backlog: 99 });
    await after(0);
    expect((await listSites(hub.database))[0]?.row.backlog).toBe(7);
  });
});
