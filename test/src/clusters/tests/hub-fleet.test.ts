import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import { POLICIES_NAMESPACE } from '../harness/governance.js';
import { kinds } from '../harness/kinds.js';
import type { KubeObject } from '../harness/kube-client.js';
import { statusOf } from '../testing/answers.js';
import { HubService } from '../testing/hub-service.js';
import { placement, untilPlacedOn } from '../testing/placements.js';
import { runningFleet } from '../testing/running-fleet.js';

// The hub service follows Open Cluster Management at a real API server, as its own service account.

const { hub, sites } = runningFleet();
const JUDGED_WITHIN_MS = 60_000;
const POLICY = 'policy-namespace-present';
/** What the policy demands. */
const WANTED = 'hub-fleet-wanted';
const names = sites.map(({ name }) => name).sort();
const [first = ''] = names;

let service: HubService;

beforeAll(async () => {
  service = await HubService.start(hub, POLICIES_NAMESPACE);
});

afterAll(async () => {
  await hub.admin.remove(kinds.policy, POLICY, POLICIES_NAMESPACE);
  for (const { admin } of sites) await admin.remove(kinds.namespace, WANTED);
  await service?.stop();
});

describe('the hub service beside Open Cluster Management', () => {
  it('follows every kind that is installed, by the role that is shipped', async () => {
    const views = await until('the fleet is followed', async () => {
      const [source] = await service.items<{ isStale: boolean; views: { kind: string; state: string }[] }>(
        '/api/v1/fleet/sources',
      );
      const isSettled = source?.views.every(({ state }) => state === 'following' || state === 'absent') ?? false;
      return source?.isStale === false && isSettled && source.views;
    });
    const following = views.filter(({ state }) => state === 'following').map(({ kind }) => kind);
    expect(following).toEqual(
      expect.arrayContaining([
        'managedclusters',
        'managedclustersets',
        'placements',
        'placementdecisions',
        'manifestworks',
        'policies',
      ]),
    );
  });

  it('knows the hospitals’ clusters: let in, joined and available', async () => {
    const clusters = await until('all hospitals are available', async () => {
      const told = await service.items<Record<string, unknown>>('/api/v1/fleet?kind=cluster');
      return told.filter(({ availability }) => availability === 'available').length >= names.length && told;
    });
    expect(clusters.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    for (const name of names)
      expect(clusters.find((cluster) => cluster['name'] === name)).toMatchObject({ accepted: true, joined: true });
  });

  it('tells how a policy stands at every hospital, and what became of it', async () => {
    await hub.admin.apply(placement('hub-fleet', POLICIES_NAMESPACE));
    await untilPlacedOn(hub.admin, 'hub-fleet', POLICIES_NAMESPACE, names);
    await hub.admin.applyAll(policy());
    await untilStates(Object.fromEntries(names.map((name) => [name, 'non-compliant'])));
    const broken = await service.items<{ site: string; message: string }>(`/api/v1/compliance?policy=${POLICY}`);
    expect(broken.map(({ message }) => message).join()).toContain(WANTED);

    await sites.find(({ name }) => name === first)?.admin.apply({ ...kinds.namespace, metadata: { name: WANTED } });
    await untilStates({
      ...Object.fromEntries(names.map((name) => [name, 'non-compliant'])),
      [first]: 'compliant',
    });
    const history = await service.items<{ to: string }>(`/api/v1/compliance/history?policy=${POLICY}&site=${first}`);
    const states = history.map(({ to }) => to);
    expect(states[0]).toBe('compliant');
    expect(states).toContain('non-compliant');
    const [told] = await service
      .items<{ name: string; severity: string; controls: string[]; timeToFix: { fixed: number } }>(
        '/api/v1/compliance/policies',
      )
      .then((policies) => policies.filter(({ name }) => name === POLICY));
    expect(told).toMatchObject({ severity: 'high', controls: ['CM-2'], timeToFix: { fixed: 1 } });
  });

  it('ends the states of a policy that is taken back, and keeps its history', async () => {
    await hub.admin.remove(kinds.policy, POLICY, POLICIES_NAMESPACE);
    await until('it applies nowhere', async () => {
      const states = await service.items(`/api/v1/compliance?policy=${POLICY}`);
      return states.length === 0;
    });
    expect((await service.items(`/api/v1/compliance/history?policy=${POLICY}`)).length).toBeGreaterThan(names.length);
  });

  it('may see nothing else there, and change nothing', async () => {
    expect(await statusOf(service.asService.list(kinds.managedCluster))).toBe(200);
    expect(await statusOf(service.asService.list(kinds.secret))).toBe(403);
    expect(await statusOf(service.asService.list(kinds.configMap))).toBe(403);
    const change = { metadata: { labels: { 'hilum.org/touched': 'yes' } } };
    expect(await statusOf(service.asService.merge(kinds.managedCluster, first, change))).toBe(403);
  });
});

async function untilStates(wanted: Record<string, string>): Promise<void> {
  let seen = '';
  await until(
    `${POLICY} is told as ${JSON.stringify(wanted)}`,
    async () => {
      const states = await service.items<{ site: string; state: string }>(`/api/v1/compliance?policy=${POLICY}`);
      const told = Object.fromEntries(states.map(({ site, state }) => [site, state]));
      seen = JSON.stringify(told);
      return Object.entries(wanted).every(([site, state]) => told[site] === state);
    },
    JUDGED_WITHIN_MS,
  ).catch((error: unknown) => {
    throw new Error(`${POLICY} is told as ${seen}; the hub said:\n${service.process.output}`, { cause: error });
  });
}

/** That every hospital has a namespace, bound to the placement of all hospitals. */
function policy(): KubeObject[] {
  const group = 'policy.open-cluster-management.io';
  return [
    {
      ...kinds.policy,
      metadata: { name: POLICY, namespace: POLICIES_NAMESPACE, annotations: { [`${group}/controls`]: 'CM-2' } },
      spec: {
        disabled: false,
        remediationAction: 'inform',
        'policy-templates': [
          {
            objectDefinition: {
              ...kinds.configurationPolicy,
              metadata: { name: `${POLICY}-check` },
              spec: {
                remediationAction: 'inform',
                severity: 'high',
                'object-templates': [
                  {
                    complianceType: 'musthave',
                    objectDefinition: { ...kinds.namespace, metadata: { name: WANTED } },
                  },
                ],
              },
            },
          },
        ],
      },
    } as KubeObject,
    {
      apiVersion: `${group}/v1`,
      kind: 'PlacementBinding',
      metadata: { name: POLICY, namespace: POLICIES_NAMESPACE },
      placementRef: { apiGroup: 'cluster.open-cluster-management.io', kind: kinds.placement.kind, name: 'hub-fleet' },
      subjects: [{ apiGroup: group, kind: kinds.policy.kind, name: POLICY }],
    } as KubeObject,
  ];
}
