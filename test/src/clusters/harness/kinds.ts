import type { KubeKind } from './kube-client.js';

/** The kinds of objects that the harness and the tests deal with. */
export const kinds = {
  addOn: { apiVersion: 'addon.open-cluster-management.io/v1alpha1', kind: 'ManagedClusterAddOn' },
  application: { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application' },
  certificateRequest: { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest' },
  configMap: { apiVersion: 'v1', kind: 'ConfigMap' },
  configurationPolicy: { apiVersion: 'policy.open-cluster-management.io/v1', kind: 'ConfigurationPolicy' },
  clusterRole: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' },
  definition: { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  managedCluster: { apiVersion: 'cluster.open-cluster-management.io/v1', kind: 'ManagedCluster' },
  managedClusterSet: { apiVersion: 'cluster.open-cluster-management.io/v1beta2', kind: 'ManagedClusterSet' },
  managedClusterSetBinding: {
    apiVersion: 'cluster.open-cluster-management.io/v1beta2',
    kind: 'ManagedClusterSetBinding',
  },
  manifestWork: { apiVersion: 'work.open-cluster-management.io/v1', kind: 'ManifestWork' },
  namespace: { apiVersion: 'v1', kind: 'Namespace' },
  networkPolicy: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  placement: { apiVersion: 'cluster.open-cluster-management.io/v1beta1', kind: 'Placement' },
  placementDecision: { apiVersion: 'cluster.open-cluster-management.io/v1beta1', kind: 'PlacementDecision' },
  policySet: { apiVersion: 'policy.open-cluster-management.io/v1beta1', kind: 'PolicySet' },
  policy: { apiVersion: 'policy.open-cluster-management.io/v1', kind: 'Policy' },
  roleBinding: { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
  serviceAccount: { apiVersion: 'v1', kind: 'ServiceAccount' },
  secret: { apiVersion: 'v1', kind: 'Secret' },
} as const satisfies Record<string, KubeKind>;
