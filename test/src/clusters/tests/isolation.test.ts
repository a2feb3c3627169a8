import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import { addOnIdentity } from '../harness/hub-add-on.js';
import { kinds } from '../harness/kinds.js';
import { KubeClient, type Manifest } from '../harness/kube-client.js';
import { hubAs } from '../harness/ocm-agent.js';
import { bootstrapToken } from '../harness/ocm-hub.js';
import { POLICIES_NAMESPACE } from '../harness/governance.js';
import { POLICY_SYNC } from '../harness/policy-sync.js';
import { answer } from '../testing/answers.js';
import { placement, policyBinding } from '../testing/placements.js';
import { runningFleet } from '../testing/running-fleet.js';

const fleet = runningFleet();
const { hub } = fleet;
const own = fleet.site('riverside');
const OTHER = 'st-agnes';

const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' };
const clusterRoleBinding = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' };

interface Binding {
  roleRef: { name: string };
  subjects?: { kind: string; name: string }[];
}

/** Placed on every hospital, where it is called so. */
const POLICY = `${POLICIES_NAMESPACE}.isolation`;

/** One object of each kind that concerns a hospital, in both hospitals' namespaces at the hub. */
beforeAll(async () => {
  await hub.admin.applyAll(policyForAll());
  for (const site of [own.name, OTHER]) {
    await until(`${site} has the policy`, () => hub.admin.find(kinds.policy, POLICY, site));
    await hub.admin.applyAll([
      work(site, 'isolation'),
      { ...kinds.secret, metadata: { name: 'isolation', namespace: site } },
      { ...kinds.configMap, metadata: { name: 'isolation', namespace: site } },
    ]);
  }
});

afterAll(async () => {
  await hub.admin.remove(kinds.policy, 'isolation', POLICIES_NAMESPACE);
  for (const site of [own.name, OTHER])
    for (const kind of [kinds.manifestWork, kinds.secret, kinds.configMap])
      await hub.admin.remove(kind, 'isolation', site);
});

describe("a hospital's agent at the hub", () => {
  it('reads what is its own', async () => {
    expect(await answer(own.hub.list(kinds.manifestWork, { namespace: own.name }))).toBe('done');
    expect(await answer(own.hub.find(kinds.managedCluster, own.name))).toBe('done');
    expect(await answer(own.hub.list(lease, { namespace: own.name }))).toBe('done');
    expect(await answer(own.hub.list(kinds.addOn, { namespace: own.name }))).toBe('done');
  });

  it("reads nothing of another's", async () => {
    for (const kind of [
      kinds.manifestWork,
      kinds.policy,
      kinds.addOn,
      kinds.secret,
      kinds.configMap,
      kinds.roleBinding,
      lease,
    ])
      expect(await answer(own.hub.list(kind, { namespace: OTHER })), kind.kind).toBe(403);
    expect(await answer(own.hub.find(kinds.manifestWork, 'isolation', OTHER))).toBe(403);
    expect(await answer(own.hub.find(kinds.managedCluster, OTHER))).toBe(403);
  });

  it('lists nothing across hospitals, not even which there are', async () => {
    for (const kind of [kinds.managedCluster, kinds.manifestWork, kinds.policy, kinds.secret, kinds.namespace])
      expect(await answer(own.hub.list(kind)), kind.kind).toBe(403);
  });

  it("changes nothing of another's", async () => {
    const change = { metadata: { labels: { changed: 'yes' } } };
    expect(await answer(own.hub.merge(kinds.manifestWork, 'isolation', change, OTHER))).toBe(403);
    expect(await answer(own.hub.merge(kinds.managedCluster, OTHER, change))).toBe(403);
    expect(await answer(own.hub.merge(kinds.policy, POLICY, change, OTHER))).toBe(403);
    expect(await answer(own.hub.applyStatus({ ...work(OTHER, 'isolation'), status: {} }))).toBe(403);
    expect(await answer(own.hub.remove(kinds.manifestWork, 'isolation', OTHER))).toBe(403);
    expect(await answer(own.hub.apply(work(OTHER, 'from-riverside')))).toBe(403);
    const left = await hub.admin.find(kinds.manifestWork, 'isolation', OTHER);
    expect(left?.metadata.labels ?? {}).not.toHaveProperty('changed');
  });

  it('gives itself neither work nor rights nor policies', async () => {
    expect(await answer(own.hub.apply(work(own.name, 'of-its-own')))).toBe(403);
    expect(await answer(own.hub.apply(adminBinding(own.name)))).toBe(403);
    expect(await answer(own.hub.remove(kinds.managedCluster, own.name))).toBe(403);
    expect(await answer(own.hub.merge(kinds.policy, POLICY, { spec: { disabled: true } }, own.name))).toBe(403);
  });
});

describe("a hospital's policy add-on at the hub", () => {
  it('reads its own policies and reports on them', async () => {
    const policies = own.hubForPolicies;
    expect(await answer(policies.list(kinds.policy, { namespace: own.name }))).toBe('done');
    expect(await answer(policies.applyStatus(reportOn(own.name)))).toBe('done');
  });

  it("neither reads nor reports on another's, and changes no policy", async () => {
    const policies = own.hubForPolicies;
    expect(await answer(policies.list(kinds.policy, { namespace: OTHER }))).toBe(403);
    expect(await answer(policies.list(kinds.policy))).toBe(403);
    expect(await answer(policies.applyStatus(reportOn(OTHER)))).toBe(403);
    for (const site of [own.name, OTHER])
      expect(await answer(policies.merge(kinds.policy, POLICY, { spec: { disabled: true } }, site))).toBe(403);
    expect(await answer(policies.list(kinds.manifestWork, { namespace: own.name }))).toBe(403);
    expect(await answer(policies.list(kinds.secret, { namespace: own.name }))).toBe(403);
  });
});

describe('the rights at the hub', () => {
  it("in a hospital's namespace go to nobody whom other hospitals' programs belong to", async () => {
    for (const site of fleet.sites) {
      const bindings = await hub.admin.list<Binding>(kinds.roleBinding, { namespace: site.name });
      expect(bindings.map(({ roleRef }) => roleRef.name)).toContain(`hilum:add-on:${POLICY_SYNC}`);
      const groups = groupsOf(bindings);
      expect(groups.length).toBeGreaterThan(0);
      expect(groups.filter((group) => isSharedByHospitals(group))).toEqual([]);
      expect(groups.filter((group) => !group.split(':').includes(site.name))).toEqual([]);
    }
  });

  it('over the whole hub go to no group of all hospitals', async () => {
    const bindings = await hub.admin.list<Binding>(clusterRoleBinding);
    expect(groupsOf(bindings).filter((group) => isSharedByHospitals(group))).toEqual([]);
  });

  it('of who only asks to join are to ask', async () => {
    const asking = new KubeClient({ server: hub.url, ca: hub.ca, as: { token: await bootstrapToken(hub) } });
    expect(await answer(asking.list(kinds.managedCluster))).toBe(403);
    expect(await answer(asking.merge(kinds.managedCluster, OTHER, { spec: { hubAcceptsClient: false } }))).toBe(403);
    for (const kind of [kinds.manifestWork, kinds.policy, kinds.secret])
      expect(await answer(asking.list(kind, { namespace: OTHER })), kind.kind).toBe(403);
  });
});

describe("OCM's own way of giving an add-on rights, which is not used here", () => {
  const ADD_ON = 'bound-by-template';

  afterAll(async () => {
    for (const { name } of fleet.sites) await hub.admin.remove(kinds.addOn, ADD_ON, name);
    await hub.admin.remove({ apiVersion: kinds.addOn.apiVersion, kind: 'ClusterManagementAddOn' }, ADD_ON);
    await hub.admin.remove({ apiVersion: kinds.addOn.apiVersion, kind: 'AddOnTemplate' }, ADD_ON);
  });

  it("lets one hospital's agent read another's: as long as this holds, rights are bound per hospital by ourselves", async () => {
    await hub.admin.applyAll(addOnBoundByTemplate(ADD_ON));
    for (const { name } of fleet.sites)
      await hub.admin.apply({ ...kinds.addOn, metadata: { name: ADD_ON, namespace: name }, spec: {} });
    const identity = await addOnIdentity(own, join(fleet.folder, own.name), ADD_ON);
    const bindings = await until('OCM has bound the rights', async () => {
      const found = await hub.admin.list<Binding>(kinds.roleBinding, { namespace: OTHER });
      const its = found.filter(({ roleRef }) => roleRef.name === ADD_ON);
      return its.length > 0 && its;
    });
    expect(groupsOf(bindings)).toContain(`system:open-cluster-management:addon:${ADD_ON}`);
    expect(await answer(hubAs(identity, hub).list(kinds.policy, { namespace: OTHER }))).toBe('done');
  });
});

/** A policy that asks for nothing, bound to a placement of all hospitals. */
function policyForAll(): Manifest[] {
  const name = 'isolation';
  return [
    placement(name, POLICIES_NAMESPACE),
    {
      ...kinds.policy,
      metadata: { name, namespace: POLICIES_NAMESPACE },
      spec: { disabled: false, 'policy-templates': [] },
    },
    policyBinding(name, POLICIES_NAMESPACE, name),
  ];
}

function reportOn(site: string): Manifest {
  return { ...kinds.policy, metadata: { name: POLICY, namespace: site }, status: { details: [] } };
}

function groupsOf(bindings: readonly Binding[]): string[] {
  return bindings
    .flatMap(({ subjects }) => subjects ?? [])
    .flatMap(({ kind, name }) => (kind === 'Group' ? [name] : []));
}

/** Groups that the certificates of all hospitals' agents, or of all agents of one add-on, carry. */
function isSharedByHospitals(group: string): boolean {
  return (
    group === 'system:open-cluster-management:managed-clusters' ||
    group.startsWith('system:open-cluster-management:addon:')
  );
}

function work(site: string, name: string): Manifest {
  return {
    ...kinds.manifestWork,
    metadata: { name, namespace: site },
    spec: {
      workload: { manifests: [{ ...kinds.configMap, metadata: { name, namespace: 'default' }, data: { of: site } }] },
    },
  };
}

function adminBinding(site: string): Manifest {
  return {
    ...kinds.roleBinding,
    metadata: { name: 'more-rights', namespace: site },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [
      {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'Group',
        name: `system:open-cluster-management:${site}`,
      },
    ],
  };
}

/** An add-on whose template names the rights, as OCM's documentation does it. */
function addOnBoundByTemplate(name: string): Manifest[] {
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [{ apiGroups: ['policy.open-cluster-management.io'], resources: ['policies'], verbs: ['list'] }],
    },
    {
      apiVersion: kinds.addOn.apiVersion,
      kind: 'AddOnTemplate',
      metadata: { name },
      spec: {
        addonName: name,
        agentSpec: {
          workload: {
            manifests: [{ ...kinds.configMap, metadata: { name, namespace: 'default' }, data: {} }],
          },
        },
        registration: [
          {
            type: 'KubeClient',
            kubeClient: { hubPermissions: [{ type: 'CurrentCluster', currentCluster: { clusterRoleName: name } }] },
          },
        ],
      },
    },
    {
      apiVersion: kinds.addOn.apiVersion,
      kind: 'ClusterManagementAddOn',
      metadata: { name },
      spec: {
        supportedConfigs: [
          { group: 'addon.open-cluster-management.io', resource: 'addontemplates', defaultConfig: { name } },
        ],
        installStrategy: { type: 'Manual' },
      },
    },
  ];
}
