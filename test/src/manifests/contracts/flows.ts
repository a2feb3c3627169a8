import type { KubeObject } from './kube-object.js';
import type { Endpoint, Flow, Port } from './network-flow.js';
import { workloadsOf } from './workload.js';

/** How the platforms call what is not Hilum's. */
interface Platform {
  dns: { namespace: string; labels: Record<string, string>; port: number };
  store: string;
  monitoring: string;
  gateway: string;
  ingressLabels: Record<string, string>;
}

const KUBERNETES: Platform = {
  dns: { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, port: 53 },
  store: 'rook-ceph',
  monitoring: 'monitoring',
  gateway: 'knative-serving',
  ingressLabels: { 'hilum.org/ingress': 'true' },
};

const OPENSHIFT: Platform = {
  dns: { namespace: 'openshift-dns', labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' }, port: 5353 },
  store: 'openshift-storage',
  monitoring: 'openshift-user-workload-monitoring',
  gateway: 'knative-serving-ingress',
  ingressLabels: { 'network.openshift.io/policy-group': 'ingress' },
};

export function platformOf(overlay: string): Platform {
  return overlay.startsWith('openshift') ? OPENSHIFT : KUBERNETES;
}

/** All ports that anything here answers at, and some that nothing should be asked at. */
export const PORTS: readonly Port[] = [
  ...[
    22, 25, 53, 80, 443, 5353, 5432, 6443, 8000, 8012, 8080, 8081, 8443, 9000, 9090, 9091, 9092, 9093, 9094, 9187,
  ].map((port) => ({ port, protocol: 'TCP' as const })),
  ...[53, 123, 443, 5353].map((port) => ({ port, protocol: 'UDP' as const })),
];

/** Hilum's own, with the labels of their manifests, the services around them, and what lies outside. */
export function endpointsOf(
  objects: readonly KubeObject[],
  { dns, store, monitoring, gateway, ingressLabels }: Platform,
): Endpoint[] {
  return [
    ...workloadsOf(objects).map(({ metadata, spec }) => ({
      name: metadata.name,
      namespace: metadata.namespace ?? '',
      labels: spec.template.metadata.labels,
    })),
    { name: 'database', namespace: 'hilum', labels: { 'cnpg.io/cluster': 'hilum-db' } },
    ...(objects.some(({ kind }) => kind === 'KafkaMirrorMaker2')
      ? [
          {
            name: 'mirror',
            namespace: 'hilum-kafka',
            labels: { 'strimzi.io/cluster': 'hilum-mirror', 'strimzi.io/kind': 'KafkaMirrorMaker2' },
          },
        ]
      : []),
    { name: 'stranger', namespace: 'hilum', labels: {} },
    ...outsiders({ dns, store, monitoring, gateway, ingressLabels }),
  ];
}

function outsiders({ dns, store, monitoring, gateway, ingressLabels }: Platform): Endpoint[] {
  return [
    { name: 'dns', namespace: dns.namespace, labels: dns.labels },
    { name: 'broker', namespace: 'hilum-kafka', labels: { 'strimzi.io/cluster': 'hilum', 'strimzi.io/kind': 'Kafka' } },
    { name: 'store', namespace: store, labels: { app: 'rook-ceph-rgw' } },
    { name: 'gateway', namespace: gateway, labels: { app: '3scale-kourier-gateway' } },
    { name: 'activator', namespace: 'knative-serving', labels: { app: 'activator' } },
    { name: 'autoscaler', namespace: 'knative-serving', labels: { app: 'autoscaler' } },
    { name: 'prometheus', namespace: monitoring, labels: { 'app.kubernetes.io/name': 'prometheus' } },
    { name: 'database operator', namespace: 'cnpg-system', labels: {} },
    { name: 'ingress', namespace: 'ingress', labels: {}, namespaceLabels: ingressLabels },
    { name: 'another namespace', namespace: 'default', labels: { 'app.kubernetes.io/name': 'edge' } },
    { name: "hub's broker", address: '203.0.113.7' },
    { name: 'API server', address: '198.51.100.7' },
    { name: 'identity provider', address: '192.0.2.7' },
    { name: 'anywhere', address: '8.8.8.8' },
  ];
}

/** Names that are Hilum's: flows that neither begin nor end at one are not ours to judge. */
export const OURS = ['hub', 'edge', 'dispatcher', 'inference', 'database', 'mirror', 'stranger'] as const;

const dnsFlows = (platform: Platform, ...names: string[]): Flow[] =>
  names.flatMap((name) => [`${name} → dns:${platform.dns.port}`, `${name} → dns:${platform.dns.port}/udp`]);

const DATABASE_FLOWS: readonly Flow[] = [
  'database → database:5432',
  'database → database:8000',
  'database → store:443',
  'database → API server:6443',
  'database operator → database:5432',
  'database operator → database:8000',
  'prometheus → database:9187',
];

/** The way of an X-ray, and who looks at it: all that a hospital's pods may say to anybody, or hear. */
export function siteFlows(platform: Platform): Flow[] {
  return [
    ...dnsFlows(platform, 'edge', 'dispatcher', 'inference', 'database', 'mirror', 'stranger'),
    ...DATABASE_FLOWS,
    'ingress → edge:8080',
    'edge → broker:9093',
    'edge → store:443',
    'edge → database:5432',
    'edge → gateway:8081',
    'edge → API server:6443',
    'dispatcher → broker:9093',
    'dispatcher → gateway:8081',
    'gateway → inference:8012',
    'activator → inference:8012',
    'autoscaler → inference:9090',
    'inference → broker:9093',
    'inference → store:443',
    'mirror → broker:9093',
    "mirror → hub's broker:9094",
    "mirror → hub's broker:443",
    'mirror → API server:6443',
    ...['edge', 'dispatcher', 'inference'].map((name) => `prometheus → ${name}:8080`),
  ];
}

export function hubFlows(platform: Platform): Flow[] {
  return [
    ...dnsFlows(platform, 'hub', 'database', 'stranger'),
    ...DATABASE_FLOWS,
    'ingress → hub:8080',
    'hub → broker:9093',
    'hub → store:443',
    'hub → database:5432',
    'hub → API server:6443',
    'hub → identity provider:443',
    'prometheus → hub:8080',
  ];
}
