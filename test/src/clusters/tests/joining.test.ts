import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../support/repository.js';
import { until } from '../../support/until.js';
import { kinds } from '../harness/kinds.js';
import { hasCondition, type Condition } from '../harness/kube-client.js';
import type { ManagedCluster } from '../harness/ocm-agent.js';
import { moduleVersion } from '../programs/cluster-programs.js';
import { runningFleet } from '../testing/running-fleet.js';

const fleet = runningFleet();
const { hub, sites } = fleet;

describe('joining', () => {
  it('makes each hospital an accepted and available cluster of the hub', async () => {
    const clusters = await hub.admin.list<ManagedCluster>(kinds.managedCluster);
    expect(clusters.map(({ metadata }) => metadata.name).sort()).toEqual(sites.map(({ name }) => name).sort());
    for (const cluster of clusters) {
      expect(cluster.spec.hubAcceptsClient).toBe(true);
      for (const type of ['HubAcceptedManagedCluster', 'ManagedClusterJoined', 'ManagedClusterConditionAvailable'])
        expect(hasCondition(cluster, type), `${cluster.metadata.name} ${type}`).toBe(true);
    }
  });

  it('tells the hub which Kubernetes a hospital runs: the one of go.mod', async () => {
    const goMod = readFileSync(join(repositoryRoot, 'test/clusters/tools/go.mod'), 'utf8');
    for (const { name } of sites) {
      const kubernetes = await until(`${name} tells its version`, async () => {
        const cluster = await hub.admin.find<ManagedCluster>(kinds.managedCluster, name);
        return cluster?.status?.version?.kubernetes;
      });
      expect(kubernetes).toBe(moduleVersion(goMod, 'k8s.io/kubernetes'));
    }
  });

  it('takes every hospital into the set that placements choose from', async () => {
    const members = await hub.admin.list(kinds.managedCluster, {
      labels: 'cluster.open-cluster-management.io/clusterset=hospitals',
    });
    expect(members.map(({ metadata }) => metadata.name).sort()).toEqual(sites.map(({ name }) => name).sort());
    await until('the set is not empty', async () => {
      const set = await hub.admin.find<{ status?: { conditions?: Condition[] } }>(kinds.managedClusterSet, 'hospitals');
      return hasCondition(set, 'ClusterSetEmpty', 'False');
    });
  });
});
