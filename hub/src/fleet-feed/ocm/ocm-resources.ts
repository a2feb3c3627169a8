import type { KubeResource } from './kube-api.js';

const cluster = 'cluster.open-cluster-management.io';
const work = 'work.open-cluster-management.io';
const policy = 'policy.open-cluster-management.io';
const argo = 'argoproj.io';

/** All that the hub looks at, and all that it may: hub/fleet/cluster-role.yaml grants exactly this. */
export const OCM_RESOURCES = {
  clusters: { group: cluster, version: 'v1', plural: 'managedclusters' },
  clusterSets: { group: cluster, version: 'v1beta2', plural: 'managedclustersets' },
  placements: { group: cluster, version: 'v1beta1', plural: 'placements' },
  decisions: { group: cluster, version: 'v1beta1', plural: 'placementdecisions' },
  works: { group: work, version: 'v1', plural: 'manifestworks' },
  workSets: { group: work, version: 'v1alpha1', plural: 'manifestworkreplicasets' },
  policies: { group: policy, version: 'v1', plural: 'policies' },
  policySets: { group: policy, version: 'v1beta1', plural: 'policysets' },
  applications: { group: argo, version: 'v1alpha1', plural: 'applications' },
  applicationSets: { group: argo, version: 'v1alpha1', plural: 'applicationsets' },
} as const satisfies Record<string, KubeResource>;

/** What is done with each. */
export const OCM_VERBS = ['list', 'watch'] as const;
