import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import { ARGOCD_NAMESPACE } from '../harness/argocd.js';
import { POLICIES_NAMESPACE } from '../harness/governance.js';
import { kinds } from '../harness/kinds.js';
import type { KubeObject, Manifest } from '../harness/kube-client.js';
import { placement, untilPlacedOn } from '../testing/placements.js';
import { runningFleet } from '../testing/running-fleet.js';

const fleet = runningFleet();
const { hub, sites, git } = fleet;
const DELIVERED_WITHIN_MS = 90_000;
const NAMESPACE = 'pulled';
const APPLICATION = 'pulled';
const REPLICA_SET = { apiVersion: 'work.open-cluster-management.io/v1alpha1', kind: 'ManifestWorkReplicaSet' };

interface Work {
  status?: {
    resourceStatus?: {
      manifests?: { statusFeedback?: { values?: { name: string; fieldValue: { string?: string } }[] } }[];
    };
  };
}

beforeAll(async () => {
  await git.commit('Deliver a first setting by pull', { 'pulled/setting.yaml': manifest('first') });
  await hub.admin.apply(placement('pulling', POLICIES_NAMESPACE));
  await untilPlacedOn(
    hub.admin,
    'pulling',
    POLICIES_NAMESPACE,
    sites.map(({ name }) => name),
  );
  await hub.admin.apply(applicationForAll());
});
// otherwise the hospitals would keep an application of no project
afterAll(async () => {
  await hub.admin.remove(REPLICA_SET, APPLICATION, POLICIES_NAMESPACE);
  for (const { name, admin } of sites)
    await until(`${name} has given it up`, async () => {
      return (await admin.find(kinds.application, APPLICATION, ARGOCD_NAMESPACE)) === null;
    });
});

describe('an application that hospitals pull', () => {
  it('comes as work to every chosen hospital, whose own Argo CD delivers it, and the hub knows how far it is', async () => {
    for (const { name } of sites) await untilDelivered(name, 'first');
    for (const { name } of sites)
      await until(
        `the hub knows that ${name} is in step`,
        async () => {
          const { sync, health } = await feedback(name);
          return sync === 'Synced' && health === 'Healthy';
        },
        DELIVERED_WITHIN_MS,
      );
    const here = await hub.admin.list(kinds.application, { namespace: ARGOCD_NAMESPACE });
    expect(here.map(({ metadata }) => metadata.name)).not.toContain(APPLICATION);
  });

  it('brings a commit while nobody at the hub answers, and the hub learns it afterwards', async () => {
    const apiServer = fleet.pidOf('hub-apiserver');
    process.kill(apiServer, 'SIGSTOP');
    let commit: string;
    try {
      commit = await git.commit('Change the setting by pull', { 'pulled/setting.yaml': manifest('second') });
      for (const { name } of sites) await untilDelivered(name, 'second');
    } finally {
      process.kill(apiServer, 'SIGCONT');
    }
    for (const { name } of sites)
      await until(
        `the hub knows that ${name} has the commit`,
        async () => (await feedback(name)).revision === commit,
        DELIVERED_WITHIN_MS,
      );
  });
});

async function untilDelivered(site: string, value: string): Promise<void> {
  const { admin } = fleet.site(site);
  await until(
    `${site} has the setting ${value}`,
    async () => {
      const found = await admin.find<{ data?: { value?: string } }>(kinds.configMap, 'setting', NAMESPACE);
      return found?.data?.value === value;
    },
    DELIVERED_WITHIN_MS,
  );
}

/** What a hospital's agent told the hub of the application. */
async function feedback(site: string): Promise<{ sync?: string; revision?: string; health?: string }> {
  const works = await hub.admin.list<Work>(kinds.manifestWork, { namespace: site });
  const work: KubeObject<Work> | undefined = works.find(({ metadata }) => metadata.name === APPLICATION);
  const values = (work?.status?.resourceStatus?.manifests ?? []).flatMap(
    ({ statusFeedback }) => statusFeedback?.values ?? [],
  );
  return Object.fromEntries(values.map(({ name, fieldValue }) => [name, fieldValue.string]));
}

function manifest(value: string): string {
  // what is JSON is YAML
  return JSON.stringify({ ...kinds.configMap, metadata: { name: 'setting' }, data: { value } }, null, 2);
}

/** One work for every hospital of the placement, that carries an application of the hospital's own Argo CD. */
function applicationForAll(): Manifest {
  return {
    ...REPLICA_SET,
    metadata: { name: APPLICATION, namespace: POLICIES_NAMESPACE },
    spec: {
      placementRefs: [{ name: 'pulling', rolloutStrategy: { type: 'All' } }],
      manifestWorkTemplate: {
        workload: {
          manifests: [
            {
              ...kinds.application,
              metadata: { name: APPLICATION, namespace: ARGOCD_NAMESPACE },
              spec: {
                project: 'default',
                source: { repoURL: git.url, targetRevision: 'main', path: 'pulled' },
                destination: { server: 'https://kubernetes.default.svc', namespace: NAMESPACE },
                syncPolicy: { automated: { prune: true, selfHeal: true }, syncOptions: ['CreateNamespace=true'] },
              },
            },
          ],
        },
        manifestConfigs: [
          {
            resourceIdentifier: {
              group: 'argoproj.io',
              resource: 'applications',
              name: APPLICATION,
              namespace: ARGOCD_NAMESPACE,
            },
            // Argo CD writes into the same object: only what is given here is ours
            updateStrategy: { type: 'ServerSideApply' },
            feedbackRules: [
              {
                type: 'JSONPaths',
                jsonPaths: [
                  { name: 'sync', path: '.status.sync.status' },
                  { name: 'revision', path: '.status.sync.revision' },
                  { name: 'health', path: '.status.health.status' },
                ],
              },
            ],
          },
        ],
      },
    },
  };
}
