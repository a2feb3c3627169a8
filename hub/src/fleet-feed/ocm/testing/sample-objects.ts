import type { KubeObject } from '../kube-api.js';

export const POLICIES_NAMESPACE = 'hilum-policies';

/** As the registration agent of OCM leaves it. */
export function managedCluster(name: string, available: 'True' | 'False' | 'Unknown' | null = 'True'): KubeObject {
  const at = '2026-05-04T11:00:00Z';
  return {
    apiVersion: 'cluster.open-cluster-management.io/v1',
    kind: 'ManagedCluster',
    metadata: { name, labels: { 'cluster.open-cluster-management.io/clusterset': 'hospitals' } },
    spec: { hubAcceptsClient: true, leaseDurationSeconds: 60 },
    status: {
      version: { kubernetes: 'v1.34.4' },
      conditions: [
        condition('HubAcceptedManagedCluster', 'True', 'Accepted by hub cluster admin', at),
        condition('ManagedClusterJoined', 'True', 'Managed cluster joined', at),
        ...(available === null
          ? []
          : [condition('ManagedClusterConditionAvailable', available, `Available is ${available}`, at)]),
      ],
    },
  };
}

export function condition(type: string, status: string, message: string, lastTransitionTime: string, generation = 1) {
  return { type, status, reason: type, message, lastTransitionTime, observedGeneration: generation };
}

/** What a person wrote. */
export function rootPolicy(
  name: string,
  change: { annotations?: Record<string, string>; severities?: string[] } = {},
): KubeObject {
  const group = 'policy.open-cluster-management.io';
  return {
    apiVersion: `${group}/v1`,
    kind: 'Policy',
    metadata: {
      name,
      namespace: POLICIES_NAMESPACE,
      annotations: {
        [`${group}/description`]: 'Messages must be encrypted on their way.',
        [`${group}/standards`]: 'HIPAA Security Rule, NIST SP 800-53',
        [`${group}/categories`]: 'SC System and Communications Protection',
        [`${group}/controls`]: '164.312(e)(1), SC-8',
        ...change.annotations,
      },
    },
    spec: {
      disabled: false,
      remediationAction: 'inform',
      'policy-templates': (change.severities ?? ['high']).map((severity, index) => ({
        objectDefinition: {
          apiVersion: `${group}/v1`,
          kind: 'ConfigurationPolicy',
          metadata: { name: `${name}-${index + 1}` },
          spec: { remediationAction: 'enforce', severity },
        },
      })),
    },
  };
}

export interface HistoryEntry {
  eventName?: string;
  lastTimestamp?: string | null;
  message?: string;
}

/** Its copy for a cluster, with what the cluster said; entries newest first. */
export function replicatedPolicy(
  name: string,
  site: string,
  status: { compliant?: string; details?: { template?: string; compliant?: string; history?: HistoryEntry[] }[] } = {},
): KubeObject {
  const group = 'policy.open-cluster-management.io';
  return {
    apiVersion: `${group}/v1`,
    kind: 'Policy',
    metadata: {
      name: `${POLICIES_NAMESPACE}.${name}`,
      namespace: site,
      labels: {
        [`${group}/root-policy`]: `${POLICIES_NAMESPACE}.${name}`,
        [`${group}/cluster-name`]: site,
        [`${group}/cluster-namespace`]: site,
      },
    },
    spec: { disabled: false, 'policy-templates': [] },
    status: {
      ...(status.compliant === undefined ? {} : { compliant: status.compliant }),
      ...(status.details === undefined
        ? {}
        : {
            details: status.details.map(({ template = `${name}-1`, compliant, history }) => ({
              templateMeta: { name: template, creationTimestamp: null },
              compliant,
              history,
            })),
          }),
    },
  };
}

export function historyEntry(number: number, at: string, message: string): HistoryEntry {
  return { eventName: `hilum-policies.policy.${number.toString(16)}`, lastTimestamp: at, message };
}
