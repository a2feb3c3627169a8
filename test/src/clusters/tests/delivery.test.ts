import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import { ARGOCD_NAMESPACE, PLACEMENT_GENERATOR } from '../harness/argocd.js';
import { kinds } from '../harness/kinds.js';
import type { Manifest } from '../harness/kube-client.js';
import { placement } from '../testing/placements.js';
import { runningFleet } from '../testing/running-fleet.js';

const fleet = runningFleet();
const { hub, sites, git } = fleet;
const DELIVERED_WITHIN_MS = 90_000;
const NAMESPACE = 'delivered';
const PLACEMENT = 'apps';

interface Application {
  status?: { sync?: { status?: string; revision?: string }; health?: { status?: string } };
}

beforeAll(async () => {
  await git.commit('Deliver a first setting', { 'app/setting.yaml': manifest('first') });
  await hub.admin.applyAll([placement(PLACEMENT, ARGOCD_NAMESPACE), applicationSet()]);
});

describe('an application set over a placement', () => {
  it('delivers what is in git to every chosen hospital', async () => {
    for (const { name } of sites) await untilDelivered(name, 'first');
    const applications = await hub.admin.list(kinds.application, { namespace: ARGOCD_NAMESPACE });
    expect(applications.map(({ metadata }) => metadata.name).sort()).toEqual(['app-riverside', 'app-st-agnes']);
    for (const { name } of sites)
      await until(
        `the hub knows that ${name} is in step`,
        async () => {
          const found = await hub.admin.find<Application>(kinds.application, `app-${name}`, ARGOCD_NAMESPACE);
          return found?.status?.sync?.status === 'Synced' && found.status.health?.status === 'Healthy';
        },
        DELIVERED_WITHIN_MS,
      );
  });

  it('brings a commit to both, and the hub knows which one they have', async () => {
    const commit = await git.commit('Change the setting', { 'app/setting.yaml': manifest('second') });
    for (const { name } of sites) await untilDelivered(name, 'second');
    for (const { name } of sites)
      await until(
        `the hub knows that ${name} has the commit`,
        async () => {
          const found = await hub.admin.find<Application>(kinds.application, `app-${name}`, ARGOCD_NAMESPACE);
          return found?.status?.sync?.revision === commit && found.status.sync.status === 'Synced';
        },
        DELIVERED_WITHIN_MS,
      );
  });

  it('undoes what somebody changes at a hospital by hand', async () => {
    const { admin, name } = fleet.site('riverside');
    await admin.merge(kinds.configMap, 'setting', { data: { value: 'by hand' } }, NAMESPACE);
    await untilDelivered(name, 'second');
    await admin.remove(kinds.configMap, 'setting', NAMESPACE);
    await untilDelivered(name, 'second');
  });

  it('takes away what is no longer in git', async () => {
    await git.commit('Deliver one more', { 'app/more.yaml': manifest('more', 'more') });
    for (const { name } of sites) await untilDelivered(name, 'more', 'more');
    await git.commit('Take it back', { 'app/more.yaml': null });
    for (const { name, admin } of sites)
      await until(
        `it is gone from ${name}`,
        async () => (await admin.find(kinds.configMap, 'more', NAMESPACE)) === null,
        DELIVERED_WITHIN_MS,
      );
  });

  it('gives up a hospital that the placement no longer chooses', async () => {
    await hub.admin.apply(placement(PLACEMENT, ARGOCD_NAMESPACE, { 'hilum.org/site': 'st-agnes' }));
    await until(
      'riverside has no application',
      async () => (await hub.admin.find(kinds.application, 'app-riverside', ARGOCD_NAMESPACE)) === null,
      DELIVERED_WITHIN_MS,
    );
    expect(await hub.admin.find(kinds.application, 'app-st-agnes', ARGOCD_NAMESPACE)).not.toBeNull();
  });
});

async function untilDelivered(site: string, value: string, name = 'setting'): Promise<void> {
  const { admin } = fleet.site(site);
  await until(
    `${site} has ${name} ${value}`,
    async () => {
      const found = await admin.find<{ data?: { value?: string } }>(kinds.configMap, name, NAMESPACE);
      return found?.data?.value === value;
    },
    DELIVERED_WITHIN_MS,
  );
}

function manifest(value: string, name = 'setting'): string {
  // what is JSON is YAML
  return JSON.stringify({ ...kinds.configMap, metadata: { name }, data: { value } }, null, 2);
}

function applicationSet(): Manifest {
  return {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'ApplicationSet',
    metadata: { name: 'app', namespace: ARGOCD_NAMESPACE },
    spec: {
      goTemplate: true,
      goTemplateOptions: ['missingkey=error'],
      generators: [
        {
          clusterDecisionResource: {
            configMapRef: PLACEMENT_GENERATOR,
            labelSelector: { matchLabels: { 'cluster.open-cluster-management.io/placement': PLACEMENT } },
            requeueAfterSeconds: 5,
          },
        },
      ],
      template: {
        metadata: { name: 'app-{{.name}}' },
        spec: {
          project: 'default',
          source: { repoURL: git.url, targetRevision: 'main', path: 'app' },
          destination: { server: '{{.server}}', namespace: NAMESPACE },
          syncPolicy: {
            automated: { prune: true, selfHeal: true, allowEmpty: false },
            syncOptions: ['CreateNamespace=true'],
          },
        },
      },
    },
  };
}
