import { siteTopics, type SiteHeartbeat } from '@hilum/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addSites } from '../ledger/ledger-store.js';
import { sampleHeartbeat, sampleMessage, sampleModel } from '../testing/sample-events.js';
import { startTestHub, type TestHub } from '../testing/start-test-hub.js';
import { noteChanges } from './site-change-store.js';
import { listTimeline, type TimelineEntry } from './timeline-store.js';

const SITE = 'st-agnes';
let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
});
beforeEach(() => hub.reset());
afterAll(() => hub.stop());

async function beat(change: Partial<SiteHeartbeat> = {}, seconds = 15): Promise<void> {
  hub.clock.now += seconds * 1000;
  const at = new Date(hub.clock.now).toISOString();
  await hub.ingest.handleBatch([sampleMessage(siteTopics.heartbeat, sampleHeartbeat(SITE, 0, { at, ...change }))]);
  await hub.fleet.round();
}

async function timeline(site?: string): Promise<TimelineEntry[]> {
  return (await listTimeline(hub.database, site, { limit: 500 })).map(({ entry }) => entry);
}

/** Oldest first, in few words. */
async function story(): Promise<string[]> {
  return (await timeline(SITE))
    .map((entry) => {
      switch (entry.kind) {
        case 'first-seen':
          return 'seen';
        case 'state':
          return `${entry.detail.from ?? 'new'} → ${entry.detail.to}`;
        case 'alarm-opened':
        case 'alarm-closed':
          return `${entry.kind} ${entry.detail.kind}`;
        case 'model':
          return `model ${entry.detail.from?.version ?? 'none'} → ${entry.detail.to.version}`;
        case 'app':
          return `app ${entry.detail.from ?? 'none'} → ${entry.detail.to}`;
      }
    })
    .reverse();
}

describe('the timeline of a site', () => {
  it('tells states, alarms, models and versions in their order', async () => {
    await beat();
    await beat({ model: { ...sampleModel, version: '1.1.0' }, appVersion: '0.2.0' });
    hub.clock.now += 60_000;
    await hub.fleet.round();
    await beat({ model: { ...sampleModel, version: '1.1.0' }, appVersion: '0.2.0' });
    expect(await story()).toEqual([
      'seen',
      'new → live',
      'model none → 1.0.0',
      'app none → 0.1.0',
      'model 1.0.0 → 1.1.0',
      'app 0.1.0 → 0.2.0',
      'live → late',
      'late → live',
    ]);
  });

  it('tells of alarms when they are opened and when they are over, but of none that only repeats the state', async () => {
    await beat({ deadLetters: 2 });
    await beat();
    hub.clock.now += 400_000;
    await hub.fleet.round();
    expect((await story()).filter((line) => line.startsWith('alarm') || line.endsWith('dead'))).toEqual([
      'alarm-opened dead-letters',
      'alarm-closed dead-letters',
      'live → dead',
    ]);
  });

  it('takes no heartbeat without a model for a change of it', async () => {
    await beat();
    await beat({ model: null, status: { store: 'up', kafka: 'up', database: 'up', inference: 'down' } });
    await beat();
    expect((await story()).filter((line) => line.startsWith('model'))).toEqual(['model none → 1.0.0']);
  });

  it('notes a change once, however many replicas look for it at the same time', async () => {
    await beat();
    hub.clock.now += 15_000;
    const data = sampleHeartbeat(SITE, 0, { at: new Date(hub.clock.now).toISOString(), appVersion: '0.2.0' });
    await hub.ingest.handleBatch([sampleMessage(siteTopics.heartbeat, data)]);
    await Promise.all(Array.from({ length: 4 }, () => noteChanges(hub.database, new Date(hub.clock.now))));
    expect((await story()).filter((line) => line.startsWith('app'))).toEqual(['app none → 0.1.0', 'app 0.1.0 → 0.2.0']);
  });

  it('is paged without losing or repeating an entry, also where many are of one moment', async () => {
    const sites = Array.from({ length: 25 }, (_, index) => `ward-${index}`);
    await addSites(hub.database, sites, new Date(hub.clock.now));
    await beat({}, 0);
    const all = (await timeline()).map(({ site }) => site);
    expect(new Set(all).size).toBe(26);
    const paged: string[] = [];
    for (let after, page; page === undefined || page.length > 0;) {
      page = await listTimeline(hub.database, undefined, { after, limit: 4 });
      paged.push(...page.map(({ entry }) => entry.site));
      after = page.at(-1)?.place;
    }
    expect(paged).toEqual(all);
  });
});
