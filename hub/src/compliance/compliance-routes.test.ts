import { request } from 'node:http';
import { siteTopics } from '@hilum/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openApiDocument } from '../api/openapi.js';
import { FakeFleet } from '../fleet-feed/fake-fleet.js';
import { FleetRecorder } from '../fleet-feed/fleet-recorder.js';
import type { Availability, FleetCluster, FleetObject } from '../fleet-feed/fleet-object.js';
import { samplePolicy, sampleReport } from '../testing/sample-compliance.js';
import { sampleHeartbeat, sampleMessage } from '../testing/sample-events.js';
import { serveTestHub, TEST_TOKENS } from '../testing/serve-test-hub.js';
import { startTestHub, type TestHub } from '../testing/start-test-hub.js';
import { ComplianceWatch } from './compliance-watch.js';

// From what the platform tells to the API's answer, on a real database.

const TLS = 'policy-kafka-tls-only';
const BUCKET = 'policy-bucket-no-anonymous';
const tokens = TEST_TOKENS;
const stopping = new AbortController();
let hub: TestHub;
let server: { close: () => Promise<void>; port: number };
let fleet: FakeFleet;
let watch: ComplianceWatch;
let changes: number[];

beforeAll(async () => {
  hub = await startTestHub();
  fleet = new FakeFleet('ocm');
  server = await serveTestHub(hub, { fleet, stopping: stopping.signal });
  const recorder = new FleetRecorder(recording());
  void fleet.follow((told) => recorder.record(told), stopping.signal);
  hub.metrics.compliance.follow(fleet);
});
beforeEach(async () => {
  await hub.reset();
  changes = [];
  watch = new ComplianceWatch({
    ...recording(),
    metrics: hub.metrics.compliance,
    onChange: (transitions) => changes.push(transitions),
  });
  await fleet.tell(
    { type: 'seen', at: hub.clock.now },
    { type: 'all-objects', kind: 'cluster', objects: ['riverside', 'st-agnes'].map((name) => cluster(name)) },
    { type: 'all-policies', policies: [samplePolicy(TLS), samplePolicy(BUCKET, { severity: 'critical' })] },
    {
      type: 'all-reports',
      reports: [
        sampleReport(TLS, 'riverside', 'compliant'),
        sampleReport(TLS, 'st-agnes', 'non-compliant'),
        sampleReport(BUCKET, 'riverside', 'compliant'),
        sampleReport(BUCKET, 'st-agnes', 'pending'),
      ],
    },
  );
});
afterAll(async () => {
  stopping.abort();
  await server.close();
  await hub.stop();
});

const recording = () => ({
  database: hub.database,
  source: 'ocm' as const,
  cover: (...args: Parameters<typeof hub.retention.cover>) => hub.retention.cover(...args),
  now: () => hub.clock.now,
});
const cluster = (name: string, availability: Availability = 'available'): FleetCluster => ({
  ...{ kind: 'cluster', namespace: '', name, site: name, accepted: true, joined: true, availability },
  ...{ availabilitySince: '2026-05-04T11:00:00.000Z', message: `it is ${availability}` },
  ...{ clusterSet: 'hospitals', version: 'v1.34.4' },
});
const get = (path: string) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, {
    headers: { authorization: `Bearer ${tokens.compliance}` },
  });
type Items = { items: Record<string, unknown>[]; nextCursor: string | null };
async function json(path: string): Promise<Items> {
  const response = await get(path);
  expect(response.status, path).toBe(200);
  return (await response.json()) as Items;
}
const sampleObjects: FleetObject[] = [
  { kind: 'cluster-set', namespace: '', name: 'hospitals', site: null, isEmpty: false, message: '' },
  { kind: 'placement', namespace: 'hilum', name: 'edges', site: null, selected: 2, isSatisfied: true, message: '' },
  {
    ...{ kind: 'placement-decision', namespace: 'hilum', name: 'edges-1', site: null },
    placement: 'edges',
    clusters: ['st-agnes'],
  },
  {
    ...{ kind: 'work', namespace: 'st-agnes', name: 'edge', site: 'st-agnes' },
    isApplied: true,
    isAvailable: null,
    isCurrent: true,
    message: '',
  },
  {
    ...{ kind: 'work-set', namespace: 'hilum', name: 'edge', site: null },
    total: 2,
    applied: 2,
    available: 1,
    degraded: 0,
    progressing: 1,
  },
  {
    kind: 'policy-set',
    namespace: 'hilum-policies',
    name: 'hilum-hipaa',
    site: null,
    description: '',
    policies: [TLS],
  },
  {
    ...{ kind: 'application', namespace: 'argocd', name: 'edge-st-agnes', site: 'st-agnes', applicationSet: 'edge' },
    sync: 'Synced',
    health: 'Healthy',
    revision: 'abc',
    message: '',
  },
  {
    kind: 'application-set',
    namespace: 'argocd',
    name: 'edge',
    site: null,
    applications: 2,
    isUpToDate: true,
    message: '',
  },
];

describe('the API of compliance', () => {
  it('answers as /openapi.json says, and nothing more', async () => {
    await fleet.tell({ type: 'objects', objects: sampleObjects });
    await hub.ingest.handleBatch([
      sampleMessage(siteTopics.heartbeat, sampleHeartbeat('st-agnes', 1), { value: '{"name":"x"}' }),
    ]);
    fleet.show([{ kind: 'policies', state: 'following', provenAt: hub.clock.now, detail: null }]);
    const document = openApiDocument as unknown as {
      paths: Record<string, { get: { responses: Record<string, { content: Record<string, { schema: object }> }> } }>;
      components: { schemas: object };
    };
    const paths = [
      '/compliance',
      '/compliance/policies',
      '/compliance/sites',
      '/compliance/history',
      '/fleet',
      '/fleet/sources',
      '/privacy',
      '/sites',
    ];
    for (const path of paths.map((name) => `/api/v1${name}`)) {
      const schema = document.paths[path]?.get.responses['200']?.content['application/json']?.schema ?? {};
      const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
      const checker = z.fromJSONSchema(
        JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')) as Parameters<typeof z.fromJSONSchema>[0],
      );
      const answer = await json(path);
      expect(checker.safeParse(answer).error, path).toBeUndefined();
      expect(checker.safeParse({ ...answer, surprise: 1 }).success, path).toBe(false);
      expect((await get(`${path}?nonsense=1`)).status, path).toBe(400);
    }
  });

  it('gives every state with since when, by filters', async () => {
    expect((await json('/api/v1/compliance?state=non-compliant')).items).toEqual([
      {
        ...{ policy: TLS, site: 'st-agnes', state: 'non-compliant', message: 'it is non-compliant' },
        ...{ since: '2026-05-04T12:00:00.000Z', observedAt: '2026-05-04T12:00:00.000Z' },
      },
    ]);
    expect((await json(`/api/v1/compliance?policy=${BUCKET}&site=riverside`)).items).toHaveLength(1);
  });

  it.each([
    ['/api/v1/compliance', 4],
    ['/api/v1/compliance/policies', 2],
    ['/api/v1/compliance/sites', 2],
    ['/api/v1/compliance/history', 4],
    ['/api/v1/fleet', 10],
  ])('pages through %s without losing or repeating a row', async (path, total) => {
    await fleet.tell({ type: 'objects', objects: sampleObjects });
    const all: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Items = await json(`${path}?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
      all.push(...page.items);
      expect(all.length).toBeLessThanOrEqual(total);
      cursor = page.nextCursor;
    }
    expect(all).toHaveLength(total);
    expect(all).toEqual((await json(path)).items);
  });

  it.each([
    ['/api/v1/compliance?state=bad', /^state: must be one of compliant/],
    ['/api/v1/compliance?policy=Not%20One', /^policy: must be the name of a policy/],
    ['/api/v1/compliance?site=A%20B', /^site: must be the name of a site or cluster/],
    ['/api/v1/compliance?cursor=MTIz', /^cursor:/],
    ['/api/v1/compliance/sites?cursor=MTIz', /^cursor:/],
    ['/api/v1/compliance/history?since=yesterday', /^since: must be an ISO 8601 time/],
    ['/api/v1/compliance/policies?since=2026-05-04T12:00:00Z&until=2026-05-03T12:00:00Z', /^since: must not be later/],
    ['/api/v1/fleet?kind=pod', /^kind: must be one of cluster/],
  ])('refuses %s, naming the parameter and the fix', async (path, detail) => {
    const response = await get(path);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { detail: string }).detail).toMatch(detail);
  });

  it('answers 304 until something was told or judged', async () => {
    // not by fetch, which asks caches to be passed over when it is given a condition
    const statusWith = (etag: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${tokens.compliance}`, 'if-none-match': etag };
        const asked = request(
          { host: '127.0.0.1', port: server.port, path: '/api/v1/compliance', headers },
          (response) => resolve(response.resume().statusCode),
        );
        asked.on('error', reject).end();
      });
    const etag = (await get('/api/v1/compliance')).headers.get('etag') ?? '';
    expect(await statusWith(etag)).toBe(304);
    await fleet.tell({ type: 'reports', reports: [sampleReport(TLS, 'st-agnes', 'compliant')] });
    expect(await statusWith(etag)).toBe(200);
  });

  it('puts the sites with most amiss first', async () => {
    const { items } = await json('/api/v1/compliance/sites');
    expect(items.map(({ site }) => site)).toEqual(['st-agnes', 'riverside']);
    expect(items[0]).toMatchObject({
      counts: { compliant: 0, 'non-compliant': 1, pending: 1, unknown: 0 },
      states: [
        { policy: BUCKET, state: 'pending' },
        { policy: TLS, state: 'non-compliant', since: '2026-05-04T12:00:00.000Z' },
      ],
    });
  });

  it('tells with each policy how often it was broken and how long fixing it took', async () => {
    hub.clock.now += 120_000;
    await fleet.tell({ type: 'reports', reports: [sampleReport(TLS, 'st-agnes', 'compliant')] });
    const { items } = await json('/api/v1/compliance/policies');
    expect(items[1]).toMatchObject({
      ...{ name: TLS, severity: 'high', controls: ['164.312(e)(1)', 'SC-8'], removedAt: null },
      counts: { compliant: 2, 'non-compliant': 0 },
      timeToFix: { fixed: 1, open: 0, medianSeconds: 120, longestSeconds: 120 },
    });
  });

  it('keeps a policy that is gone with its history, and its states no longer', async () => {
    hub.clock.now += 1_000;
    await fleet.tell({ type: 'all-policies', policies: [samplePolicy(BUCKET)] });
    const { items } = await json('/api/v1/compliance/policies');
    expect(items[1]).toMatchObject({ name: TLS, removedAt: '2026-05-04T12:00:01.000Z', counts: { compliant: 0 } });
    expect((await json(`/api/v1/compliance?policy=${TLS}`)).items).toEqual([]);
    expect((await json(`/api/v1/compliance/history?policy=${TLS}`)).items).toHaveLength(4);
  });
});

describe('what tells of the fleet', () => {
  it('is stale when it was not heard for three minutes, and then nothing is compliant', async () => {
    await watch.round();
    expect((await json('/api/v1/fleet/sources')).items).toMatchObject([{ source: 'ocm', isStale: false }]);
    hub.clock.now += 181_000;
    await watch.round();
    expect((await json('/api/v1/fleet/sources')).items).toMatchObject([{ source: 'ocm', isStale: true }]);
    expect((await json('/api/v1/compliance?state=unknown')).items).toHaveLength(4);
    expect(changes).toHaveLength(1);
    const text = await hub.registry.metrics();
    expect(text).toContain(`hilum_hub_policy_sites{policy="${TLS}",policy_severity="high",state="unknown"} 2`);
    expect(text).toContain('hilum_hub_fleet_source_age_seconds 181');
  });

  it('is listed before it was ever heard', async () => {
    await hub.reset();
    expect((await json('/api/v1/fleet/sources')).items).toMatchObject([{ source: 'ocm', seenAt: null, isStale: true }]);
  });

  it('refines the state of a site by that of its cluster, as long as it is heard', async () => {
    await hub.ingest.handleBatch([sampleMessage(siteTopics.heartbeat, sampleHeartbeat('st-agnes', 1))]);
    hub.clock.now += 100_000;
    await hub.fleet.round();
    const clusterOf = async () => (await json('/api/v1/sites')).items.map(({ state, cluster: told }) => [state, told]);
    expect(await clusterOf()).toMatchObject([
      ['late', { availability: 'available', reading: 'services-silent', joined: true }],
    ]);
    await fleet.tell({ type: 'objects', objects: [cluster('st-agnes', 'unknown')] });
    expect(await clusterOf()).toMatchObject([['late', { availability: 'unknown', reading: 'unreachable' }]]);
    hub.clock.now += 100_000;
    expect(await clusterOf()).toMatchObject([['late', { availability: 'unknown', reading: null }]]);
    await fleet.tell({ type: 'all-objects', kind: 'cluster', objects: [] });
    expect(await clusterOf()).toEqual([['late', null]]);
  });
});

describe('the privacy boundary', () => {
  it('is the schemas that events are checked by, with what was refused by site and reason', async () => {
    const message = (offset: number, value: string) =>
      sampleMessage(siteTopics.heartbeat, sampleHeartbeat('st-agnes', offset), { value, offset });
    await hub.ingest.handleBatch([message(1, '{"name":"Jane Doe"}'), message(2, '{"name":"x"}')]);
    const response = await get('/api/v1/privacy');
    const text = await response.text();
    expect(text).not.toContain('Jane');
    expect(JSON.parse(text)).toMatchObject({
      topics: [
        { topic: 'results.deid.v1', eventType: 'org.hilum.result.recorded.v1' },
        { topic: 'feedback.deid.v1' },
        { topic: 'heartbeat.v1' },
        { topic: 'audit.v1' },
      ],
      quarantine: [{ site: 'st-agnes', mayBeIdentity: true, total: 2 }],
      alarms: [{ site: 'st-agnes', kind: 'quarantine' }],
    });
    const { topics } = JSON.parse(text) as { topics: { fields: string[] }[] };
    expect(topics[0]?.fields).toEqual(
      expect.arrayContaining(['site', 'probability', 'model.digest', 'input.stats.mean']),
    );
    expect(topics[0]?.fields).not.toContain('model');
  });
});
