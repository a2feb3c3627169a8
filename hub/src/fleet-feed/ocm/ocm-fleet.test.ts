import { KubeConfig } from '@kubernetes/client-node';
import { createLogger } from '@hilum/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FleetChange } from '../fleet.js';
import { KubeHttpClient } from './kube-http-client.js';
import { OcmFleet } from './ocm-fleet.js';
import { OCM_RESOURCES } from './ocm-resources.js';
import { FakeKubeServer } from './testing/fake-kube-server.js';
import {
  historyEntry,
  managedCluster,
  POLICIES_NAMESPACE,
  replicatedPolicy,
  rootPolicy,
} from './testing/sample-objects.js';

const TLS = 'policy-kafka-tls-only';
const { clusters, policies, policySets, applications } = OCM_RESOURCES;
let server: FakeKubeServer;
let stop: AbortController;
let told: FleetChange[];
let followed: Promise<void>;
/** what the next telling fails with */
let failure: Error | null;
let fleet: OcmFleet;

beforeEach(async () => {
  server = await FakeKubeServer.start(Object.values(OCM_RESOURCES));
  stop = new AbortController();
  told = [];
  failure = null;
  followed = Promise.resolve();
});
afterEach(async () => {
  stop.abort();
  await followed;
  await server.stop();
});

function start(): void {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'hub', server: server.url, skipTLSVerify: true }],
    users: [{ name: 'hub', token: 'of the hub' }],
    contexts: [{ name: 'hub', cluster: 'hub', user: 'hub' }],
    currentContext: 'hub',
  });
  fleet = new OcmFleet({
    api: new KubeHttpClient(config, 300),
    policiesNamespace: POLICIES_NAMESPACE,
    log: createLogger({ process: 'hub-test', level: 'silent' }),
    now: Date.now,
  });
  followed = fleet.follow((changes) => {
    if (failure !== null) {
      const error = failure;
      failure = null;
      return Promise.reject(error);
    }
    told.push(...changes);
    return Promise.resolve();
  }, stop.signal);
}

const all = <Type extends FleetChange['type']>(type: Type): Extract<FleetChange, { type: Type }>[] =>
  told.filter((change): change is Extract<FleetChange, { type: Type }> => change.type === type);
const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
const watched = (plural: string) => server.until(() => server.isWatched(plural));
const viewOf = (plural: string) => fleet.views().find(({ kind }) => kind === plural);
const namesTold = (): string[][] =>
  told.flatMap((change) =>
    change.type === 'all-objects' && change.kind === 'cluster' ? [change.objects.map(({ name }) => name)] : [],
  );

describe('the fleet of Open Cluster Management', () => {
  it('tells all that is there, with its own credentials, then every change as it comes', async () => {
    server.put(clusters.plural, managedCluster('st-agnes'));
    start();
    await watched(clusters.plural);
    expect(namesTold()).toEqual([['st-agnes']]);
    expect(server.requests.every(({ authorization }) => authorization === 'Bearer of the hub')).toBe(true);
    server.put(clusters.plural, managedCluster('riverside', 'Unknown'));
    await until(() =>
      expect(all('objects').flatMap(({ objects }) => objects)).toMatchObject([
        { name: 'riverside', availability: 'unknown' },
      ]),
    );
    server.delete(clusters.plural, managedCluster('st-agnes'));
    await until(() =>
      expect(all('objects-gone')).toEqual([
        { type: 'objects-gone', ids: [{ kind: 'cluster', namespace: '', name: 'st-agnes' }] },
      ]),
    );
  });

  it('reads lists page by page and tells them as one', async () => {
    server.pageObjects = 2;
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(clusters.plural, managedCluster(name));
    start();
    await watched(clusters.plural);
    expect(namesTold()).toEqual([['a', 'b', 'c', 'd', 'e']]);
    expect(server.count(clusters.plural, 'list')).toBe(3);
  });

  it('goes on where it stood when a connection breaks, without listing again', async () => {
    start();
    await watched(clusters.plural);
    server.breakConnections(clusters.plural);
    server.put(clusters.plural, managedCluster('st-agnes'));
    await until(() => expect(all('objects')).toHaveLength(1));
    expect(server.count(clusters.plural, 'list')).toBe(1);
    expect(viewOf(clusters.plural)).toMatchObject({ state: 'following', detail: null });
  });

  it.each([
    ['in the stream', () => server.expire(clusters.plural)],
    [
      'as the answer',
      () => {
        server.compact();
        server.breakConnections(clusters.plural);
      },
    ],
  ])('lists all again when its place is forgotten, told %s, so that what went meanwhile is gone', async (_, forget) => {
    server.put(clusters.plural, managedCluster('st-agnes'));
    server.put(clusters.plural, managedCluster('riverside'));
    start();
    await watched(clusters.plural);
    forget();
    await until(() => expect(namesTold()).toHaveLength(2));
    expect(server.count(clusters.plural, 'list')).toBe(2);
  });

  it('goes on from a bookmark, though nothing of the kind has changed for long', async () => {
    start();
    await watched(clusters.plural);
    const before = viewOf(clusters.plural)?.provenAt ?? 0;
    server.bookmark(clusters.plural);
    await until(() => expect(viewOf(clusters.plural)?.provenAt).toBeGreaterThan(before));
    server.compact();
    server.bookmark(clusters.plural);
    await until(() => expect(server.isWatched(clusters.plural)).toBe(true));
    server.endWatches(clusters.plural);
    await server.until(() => server.count(clusters.plural, 'watch') === 2);
    expect(Number(server.requests.at(-1)?.query['resourceVersion'])).toBeGreaterThan(100);
    expect(server.count(clusters.plural, 'list')).toBe(1);
  });

  it('says that a kind is not installed, tells that there is none, and follows all others', async () => {
    server.uninstall(applications.plural);
    start();
    await watched(clusters.plural);
    await until(() =>
      expect(viewOf(applications.plural)).toMatchObject({
        state: 'absent',
        detail: 'applications.argoproj.io/v1alpha1 is not installed',
      }),
    );
    expect(all('all-objects').find(({ kind }) => kind === 'application')?.objects).toEqual([]);
    expect(viewOf(clusters.plural)?.state).toBe('following');
  });

  it('says that it may not see a kind, and why', async () => {
    server.refusals.set(clusters.plural, 403);
    start();
    await until(() => expect(viewOf(clusters.plural)).toMatchObject({ state: 'refused', provenAt: null }));
    expect(viewOf(clusters.plural)?.detail).toContain('as the test wants');
    server.refusals.clear();
    await watched(clusters.plural);
    expect(namesTold()).toEqual([[]]);
  });

  it('gives a server up that does not answer, and asks again', async () => {
    server.silent.add(clusters.plural);
    start();
    await until(() => expect(viewOf(clusters.plural)).toMatchObject({ state: 'failing' }));
    server.silent.clear();
    await watched(clusters.plural);
    server.silent.add(clusters.plural);
    server.breakConnections(clusters.plural);
    await until(() => expect(viewOf(clusters.plural)).toMatchObject({ state: 'failing' }));
    server.silent.clear();
    await watched(clusters.plural);
    expect(namesTold()).toEqual([[]]);
  });

  it('tells everything anew when what it told could not be kept', async () => {
    start();
    await watched(clusters.plural);
    await watched(policies.plural);
    await until(() => expect(all('all-policies')).toHaveLength(1));
    failure = new Error('the database is away');
    server.put(clusters.plural, managedCluster('st-agnes'));
    await until(() => expect(namesTold()).toEqual([[], ['st-agnes']]));
  });

  it('starts again with what is no event, and does not pass it over', async () => {
    start();
    await watched(clusters.plural);
    server.write(clusters.plural, '{"type":"ADDED","object":{}}\n');
    await until(() => expect(server.count(clusters.plural, 'watch')).toBeGreaterThan(1));
  });

  it('passes over an object that is not as it should be, and tells the others', async () => {
    server.put(clusters.plural, { metadata: { name: 'odd' }, spec: 7 });
    server.put(clusters.plural, managedCluster('st-agnes'));
    start();
    await until(() => expect(namesTold()).toEqual([['st-agnes']]));
  });

  it('tells until when it has seen policies and clusters, and not while it sees only one of them', async () => {
    server.refusals.set(policies.plural, 500);
    start();
    await watched(clusters.plural);
    expect(all('seen')).toEqual([]);
    server.refusals.clear();
    await until(() => expect(all('seen')).toHaveLength(1));
    expect(all('seen')[0]?.at).toBeLessThanOrEqual(Date.now());
  });
});

describe('policies', () => {
  const compliant = (number: number) => ({
    compliant: 'Compliant',
    details: [
      {
        compliant: 'Compliant',
        history: [historyEntry(number, '2026-05-04T12:00:00Z', 'Compliant; notification - fine')],
      },
    ],
  });

  it('are told before what clusters say of them, with the sets that have them', async () => {
    const set = {
      metadata: { name: 'hilum-hipaa', namespace: POLICIES_NAMESPACE },
      spec: { description: 'HIPAA', policies: [TLS] },
    };
    server.put(policySets.plural, set);
    server.put(policies.plural, replicatedPolicy(TLS, 'st-agnes', compliant(1)));
    server.put(policies.plural, rootPolicy(TLS));
    server.put(policies.plural, {
      ...rootPolicy('policy-of-others'),
      metadata: { name: 'policy-of-others', namespace: 'others' },
    });
    start();
    await until(() =>
      expect([...all('all-policies'), ...all('policies')].at(-1)?.policies[0]?.policySets).toEqual(['hilum-hipaa']),
    );
    expect(
      all('all-policies')
        .at(-1)
        ?.policies.map(({ name }) => name),
    ).toEqual([TLS]);
    expect(all('all-reports').at(-1)?.reports).toMatchObject([
      { policy: TLS, site: 'st-agnes', state: 'compliant', events: [{ state: 'compliant' }] },
    ]);
    const order = told.map(({ type }) => type);
    expect(order.indexOf('all-policies')).toBeLessThan(order.indexOf('all-reports'));
  });

  it('are waited for by what clusters say of them', async () => {
    start();
    await watched(policies.plural);
    server.put(policies.plural, replicatedPolicy(TLS, 'st-agnes', compliant(1)));
    server.put(policies.plural, replicatedPolicy(TLS, 'riverside', compliant(2)));
    server.put(policies.plural, rootPolicy(TLS));
    await until(() =>
      expect(
        all('reports')
          .flatMap(({ reports }) => reports.map(({ site }) => site))
          .sort(),
      ).toEqual(['riverside', 'st-agnes']),
    );
    const order = told.map(({ type }) => type);
    expect(order.indexOf('policies')).toBeLessThan(order.indexOf('reports'));
  });

  it('that no longer apply somewhere, or are gone, are told so', async () => {
    server.put(policies.plural, rootPolicy(TLS));
    server.put(policies.plural, replicatedPolicy(TLS, 'st-agnes', compliant(1)));
    start();
    await watched(policies.plural);
    server.delete(policies.plural, replicatedPolicy(TLS, 'st-agnes'));
    server.delete(policies.plural, rootPolicy(TLS));
    await until(() => expect(all('reports-gone')).toMatchObject([{ places: [{ policy: TLS, site: 'st-agnes' }] }]));
    await until(() => expect(all('all-policies').at(-1)?.policies).toEqual([]));
  });
});
