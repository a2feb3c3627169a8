import { until } from '../../support/until.js';
import { HOSPITALS } from '../harness/ocm-hub.js';
import { kinds } from '../harness/kinds.js';
import type { KubeClient, KubeObject } from '../harness/kube-client.js';

/** A placement of the hospitals that have all these labels; of all hospitals without any. */
export function placement(name: string, namespace: string, matchLabels: Record<string, string> = {}): KubeObject {
  return {
    ...kinds.placement,
    metadata: { name, namespace },
    spec: { clusterSets: [HOSPITALS], predicates: [{ requiredClusterSelector: { labelSelector: { matchLabels } } }] },
  } as KubeObject;
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
  let chosen: string[] = [];
  await until(`${name} is placed on ${sites.join(' and ') || 'nobody'}`, async () => {
    chosen = await decisionsOf(hub, name, namespace);
    return chosen.join() === [...sites].sort().join();
  });
}
