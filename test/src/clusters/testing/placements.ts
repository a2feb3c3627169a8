import { until } from '../../support/until.js';
import { HOSPITALS } from '../harness/ocm-hub.js';
import { kinds } from '../harness/kinds.js';
import type { KubeClient, Manifest } from '../harness/kube-client.js';

/** A placement of the hospitals that have all these labels; of all hospitals without any. */
export function placement(name: string, namespace: string, matchLabels: Record<string, string> = {}): Manifest {
  return {
    ...kinds.placement,
    metadata: { name, namespace },
    spec: { clusterSets: [HOSPITALS], predicates: [{ requiredClusterSelector: { labelSelector: { matchLabels } } }] },
  };
}

/** Puts a policy on the hospitals of a placement, all three in one namespace. */
export function policyBinding(policy: string, namespace: string, placementName: string): Manifest {
  return {
    apiVersion: kinds.policy.apiVersion,
    kind: 'PlacementBinding',
    metadata: { name: policy, namespace },
    placementRef: {
      apiGroup: 'cluster.open-cluster-management.io',
      kind: kinds.placement.kind,
      name: placementName,
    },
    subjects: [{ apiGroup: 'policy.open-cluster-management.io', kind: kinds.policy.kind, name: policy }],
  };
}

/** Names of the hospitals that OCM has chosen for a placement, sorted. */
export async function decisionsOf(hub: KubeClient, name: string, namespace: string): Promise<string[]> {
  const lists = await hub.list<{ status?: { decisions?: { clusterName: string }[] } }>(kinds.placementDecision, {
    namespace,
    labels: `cluster.open-cluster-management.io/placement=${name}`,
  });
  return lists.flatMap(({ status }) => status?.decisions?.map(({ clusterName }) => clusterName) ?? []).sort();
}

/** Waits until a placement chooses exactly these hospitals. */
export async function untilPlacedOn(
  hub: KubeClient,
  name: string,
  namespace: string,
  sites: readonly string[],
): Promise<void> {
  const wanted = [...sites].sort().join();
  let chosen = '';
  await until(`${name} is placed on ${wanted}`, async () => {
    chosen = (await decisionsOf(hub, name, namespace)).join();
    return chosen === wanted;
  }).catch((error: unknown) => {
    throw new Error(`${name} is placed on "${chosen}" instead of "${wanted}"`, { cause: error });
  });
}
