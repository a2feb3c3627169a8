import { LATENCY_BOUNDS_MS, siteTopics, type SiteHeartbeat } from '@hilum/contracts';
import { createRegistry, type Registry } from '@hilum/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHubMetrics } from '../hub-metrics.js';
import { sampleHeartbeat, sampleMessage, sampleResult } from '../testing/sample-events.js';
import { startTestHub, type TestHub } from '../testing/start-test-hub.js';
import type { JudgedSite } from './fleet-store.js';

const SITE = 'st-agnes';
const BUCKETS = LATENCY_BOUNDS_MS.map((leMs, index) => ({ leMs, count: 10 + index }));
let hub: TestHub;

beforeAll(async () => {
  hub = await startTestHub();
});
beforeEach(() => hub.reset());
afterAll(() => hub.stop());

async function beat(change: Partial<SiteHeartbeat> = {}): Promise<void> {
  const at = new Date(hub.clock.now).toISOString();
  const data = sampleHeartbeat(SITE, 0, { at, scored: 41, unreadable: 3, latencyBuckets: BUCKETS, ...change });
  await hub.ingest.handleBatch([sampleMessage(siteTopics.heartbeat, data)]);
}

/** Samples of the site as a scrape gives them, by what is before the value. */
async function scrape(): Promise<Map<string, number>> {
  const lines = (await hub.registry.metrics()).split('\n').filter((line) => line.includes(`site="${SITE}"`));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

const series = (name: string, labels = ''): string => `hilum_hub_site_${name}{site="${SITE}"${labels}}`;

describe('FleetMetrics', () => {
  it('tells of each site what its heartbeat told, so that nobody has to reach into a hospital', async () => {
    await beat({
      backlog: 7,
      oldestUnscoredAgeSeconds: 12.5,
      deadLetters: 2,
      outboxPending: 4,
      status: { store: 'up', kafka: 'up', database: 'up', inference: 'unknown' },
    });
    hub.clock.now += 5_000;
    await hub.fleet.round();
    const samples = await scrape();
    const { name, version, digest } = sampleHeartbeat(SITE, 0).model ?? {};
    expect(Object.fromEntries(samples)).toMatchObject({
      [series('state', ',state="live"')]: 1,
      [series('state', ',state="dead"')]: 0,
      [series('heartbeat_age_seconds')]: 5,
      [series('heartbeat_delay_seconds')]: 0,
      [series('backlog_images')]: 7,
      [series('oldest_unscored_age_seconds')]: 12.5,
      [series('dead_letters')]: 2,
      [series('outbox_pending_events')]: 4,
      [series('scored_images_total')]: 41,
      [series('unreadable_images_total')]: 3,
      [series('missing_events')]: 0,
      [series('component_up', ',component="store"')]: 1,
      [series('model_info', `,name="${name}",version="${version}",digest="${digest}"`)]: 1,
      [series('app_info', ',version="0.1.0"')]: 1,
      [series('alarm_open', ',kind="dead-letters",severity="warning"')]: 1,
      [series('quarantined_events_total', ',identity="possible"')]: 0,
    });
    expect([...samples.keys()]).not.toContain(series('component_up', ',component="inference"'));
  });

  it('gives the latency as a histogram of seconds', async () => {
    await beat();
    await hub.fleet.round();
    const samples = await scrape();
    expect(samples.get(series('latency_seconds_bucket', ',le="0.1"'))).toBe(10);
    expect(samples.get(series('latency_seconds_bucket', ',le="300"'))).toBe(18);
    expect(samples.get(series('latency_seconds_bucket', ',le="+Inf"'))).toBe(19);
    expect(samples.get(series('latency_seconds_count'))).toBe(19);
    expect(await hub.registry.metrics()).toContain('# TYPE hilum_hub_site_latency_seconds histogram');
  });

  it('lets no site make series of its own by bounds that were not agreed', async () => {
    await beat({ latencyBuckets: [{ leMs: 7, count: 1 }, ...BUCKETS] });
    await hub.fleet.round();
    expect([...(await scrape()).keys()].filter((key) => key.includes('latency_seconds_bucket'))).toHaveLength(10);
  });

  it('drops the numbers of a silent site at the scrape, also when no round comes, and keeps what the hub knows', async () => {
    await beat({ backlog: 7 });
    await hub.ingest.handleBatch([sampleMessage(siteTopics.results, sampleResult(SITE, 1))]);
    await hub.fleet.round();
    hub.clock.now += 45_000;
    expect((await scrape()).get(series('backlog_images'))).toBe(7);
    hub.clock.now += 1;
    const samples = await scrape();
    expect([...samples.keys()].map((key) => /^hilum_hub_site_(\w+)/.exec(key)?.[1]).sort()).toEqual(
      [
        ...['state', 'state', 'state', 'state', 'heartbeat_age_seconds', 'missing_events'],
        ...['results_total', 'results_total', 'results_total', 'results_total'],
        ...['quarantined_events_total', 'quarantined_events_total'],
      ].sort(),
    );
    expect(samples.get(series('heartbeat_age_seconds'))).toBeCloseTo(45.001);
    expect(samples.get(series('results_total', ',decision="normal"'))).toBe(1);
  });

  it('shows the delay, not the numbers, of a site whose old heartbeats arrive now', async () => {
    await beat({ at: new Date(hub.clock.now - 600_000).toISOString() });
    await hub.fleet.round();
    const samples = await scrape();
    expect(samples.get(series('state', ',state="link-down"'))).toBe(1);
    expect(samples.get(series('heartbeat_delay_seconds'))).toBe(600);
    expect(samples.has(series('backlog_images'))).toBe(false);
  });

  it('gives no totals that a site cannot count: after a restart without its database it says 0', async () => {
    await beat({ scored: 0, status: { store: 'up', kafka: 'up', database: 'down', inference: 'up' } });
    await hub.fleet.round();
    const samples = await scrape();
    for (const name of ['scored_images_total', 'unreadable_images_total', 'outbox_pending_events'])
      expect(samples.has(series(name)), name).toBe(false);
    expect(samples.has(series('latency_seconds_count'))).toBe(false);
    expect(samples.get(series('component_up', ',component="database"'))).toBe(0);
  });

  it('has no more of a site that is gone', async () => {
    await beat();
    await hub.fleet.round();
    await hub.reset();
    await hub.fleet.round();
    expect([...(await scrape()).keys()].filter((key) => !key.includes('quarantined'))).toEqual([]);
  });

  it('counts what was refused by whether it may hold an identity, once however often it is delivered', async () => {
    await beat();
    await hub.fleet.round();
    const before = (await scrape()).get(series('quarantined_events_total', ',identity="possible"')) ?? Number.NaN;
    const refused = sampleMessage(siteTopics.results, sampleResult(SITE, 1), { value: '{"name":1}' });
    for (const message of [refused, refused]) await hub.ingest.handleBatch([message]);
    await hub.fleet.round();
    const samples = await scrape();
    expect(samples.get(series('quarantined_events_total', ',identity="possible"'))).toBe(before + 1);
    expect(samples.get(series('alarm_open', ',kind="quarantine",severity="critical"'))).toBe(1);
  });

  it('says that the hub hears nothing, and of when its judgement is', async () => {
    await beat();
    await hub.fleet.round();
    const judged = hub.clock.now / 1000;
    hub.clock.listeningSince = null;
    hub.clock.now += 60_000;
    await hub.fleet.round();
    const text = await hub.registry.metrics();
    expect(text).toMatch(/^hilum_hub_listening 0$/m);
    expect(text).toMatch(new RegExp(`^hilum_hub_fleet_judged_timestamp_seconds ${judged}$`, 'm'));
  });
});

describe('the scrape of a hub with 1,000 sites', () => {
  it('has at most 45 series a site and less than 5 MB', async () => {
    const now = Date.UTC(2026, 4, 4, 12);
    const registry: Registry = createRegistry();
    const own = (await registry.metrics()).length;
    const { fleet } = createHubMetrics(registry, () => now);
    const names = Array.from({ length: 1000 }, (_, index) => `a-hospital-with-a-long-name-${1000 + index}`);
    fleet.show({
      sites: names.map((name) => liveSite(name, now)),
      alarms: names.map((site, index) => ({
        id: String(index),
        site,
        kind: 'dead-letters',
        severity: 'warning',
        since: '',
        lastSeenAt: '',
        closedAt: null,
        detail: '',
      })),
      judgedAt: now,
    });
    const text = (await registry.metrics()).slice(own);
    const ofSites = text.split('\n').filter((line) => line.includes('site="a-hospital'));
    expect(ofSites.length / names.length).toBeLessThanOrEqual(45);
    expect(Buffer.byteLength(text)).toBeLessThan(5_000_000);
  });
});

function liveSite(name: string, now: number): JudgedSite {
  const at = new Date(now);
  const heartbeat = sampleHeartbeat(name, 0, { latencyBuckets: BUCKETS });
  return {
    row: {
      name,
      state: 'live',
      stateSince: at.toISOString(),
      lastHeartbeatAt: at.toISOString(),
      backlog: heartbeat.backlog,
      oldestUnscoredAgeSeconds: heartbeat.oldestUnscoredAgeSeconds,
      deadLetters: heartbeat.deadLetters,
      outboxPending: heartbeat.outboxPending,
      mirrorLagSeconds: 0,
      status: heartbeat.status,
      missing: 0,
      counts: { total: 0, byDecision: { normal: 0, review: 0, 'pneumonia-suspected': 0, unreadable: 0 } },
      model: heartbeat.model,
      appVersion: heartbeat.appVersion,
      cluster: null,
    },
    heartbeat,
    firstSeenAt: at,
    lastReceivedAt: at,
    heartbeatAt: at,
    heartbeatReceivedAt: at,
  };
}
