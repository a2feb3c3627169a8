import { establish, namespace, type ControlPlane } from './control-plane.js';
import type { ClusterAccess, FleetContext } from './fleet-context.js';
import { isHealthy } from './health.js';
import type { Manifest } from './kube-client.js';
import { kinds } from './kinds.js';

const HUB_NAMESPACE = 'open-cluster-management-hub';
const BOOTSTRAP = { account: 'agent-registration-bootstrap', namespace: 'open-cluster-management' };

/** The set of all hospitals: placements choose among its members. */
export const HOSPITALS = 'hospitals';

/** OCM's four controllers of a hub; their webhooks are not run. */
const CONTROLLERS = [
  { use: 'registration', program: 'ocm-registration', args: ['controller'] },
  { use: 'placement', program: 'ocm-placement', args: ['controller'] },
  { use: 'work', program: 'ocm-work', args: ['manager', '--feature-gates=ManifestWorkReplicaSet=true'] },
  { use: 'addon', program: 'ocm-addon', args: ['manager'] },
] as const;

/** Makes a control plane an OCM hub that hospitals can ask to join. */
export async function startOcmHub(hub: ControlPlane, context: FleetContext): Promise<void> {
  await establish(hub.admin, context.programs.definitions('ocm-hub'));
  await hub.admin.applyAll(hubObjects());
  const ports = await context.ports(`${hub.name}-ocm`, ['registration', 'placement', 'work', 'addon']);
  const started = CONTROLLERS.map(({ use, program, args }) => ({
    port: ports[use],
    process: context.processes.start({
      name: `${hub.name}-ocm-${use}`,
      command: context.programs.path(program),
      args: [
        ...args,
        `--kubeconfig=${hub.adminKubeconfig}`,
        `--namespace=${HUB_NAMESPACE}`,
        `--listen=127.0.0.1:${ports[use]}`,
        '--disable-leader-election',
      ],
      env: { POD_NAMESPACE: HUB_NAMESPACE },
    }),
  }));
  await Promise.all(started.map(({ port, process }) => process.ready(() => isHealthy(port))));
}

/** What the hub is asked to sign. */
export interface CertificateRequest {
  status?: { conditions?: { type: string }[] };
}

export function isApproved({ status }: CertificateRequest): boolean {
  return status?.conditions?.some(({ type }) => type === 'Approved') ?? false;
}

/** A token by which a cluster may ask to join, and no more. */
export function bootstrapToken(hub: Pick<ClusterAccess, 'admin'>): Promise<string> {
  return hub.admin.token(BOOTSTRAP.account, BOOTSTRAP.namespace);
}

/** Takes a cluster that asked to join into the set of hospitals, with these labels for placements to choose by. */
export async function acceptHospital(
  hub: Pick<ClusterAccess, 'admin'>,
  name: string,
  labels: Record<string, string>,
): Promise<void> {
  const requests = await hub.admin.list<CertificateRequest>(kinds.certificateRequest, {
    labels: `open-cluster-management.io/cluster-name=${name}`,
  });
  for (const request of requests) if (!isApproved(request)) await hub.admin.approve(request);
  await hub.admin.merge(kinds.managedCluster, name, {
    metadata: { labels: { ...labels, 'cluster.open-cluster-management.io/clusterset': HOSPITALS } },
    spec: { hubAcceptsClient: true },
  });
}

/** Lets placements of a namespace choose among the hospitals. */
export async function bindHospitals(hub: Pick<ClusterAccess, 'admin'>, inNamespace: string): Promise<void> {
  await hub.admin.apply({
    ...kinds.managedClusterSetBinding,
    metadata: { name: HOSPITALS, namespace: inNamespace },
    spec: { clusterSet: HOSPITALS },
  });
}

function hubObjects(): Manifest[] {
  const bootstrapRole = 'open-cluster-management:bootstrap';
  return [
    namespace(HUB_NAMESPACE),
    namespace(BOOTSTRAP.namespace),
    namespace('open-cluster-management-agent-addon'),
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: BOOTSTRAP.account, namespace: BOOTSTRAP.namespace },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: bootstrapRole },
      rules: [
        {
          apiGroups: ['certificates.k8s.io'],
          resources: ['certificatesigningrequests'],
          verbs: ['create', 'get', 'list', 'watch'],
        },
        {
          apiGroups: ['cluster.open-cluster-management.io'],
          resources: ['managedclusters'],
          verbs: ['get', 'create'],
        },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: bootstrapRole },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: bootstrapRole },
      subjects: [{ kind: 'ServiceAccount', name: BOOTSTRAP.account, namespace: BOOTSTRAP.namespace }],
    },
    {
      apiVersion: kinds.managedClusterSet.apiVersion,
      kind: kinds.managedClusterSet.kind,
      metadata: { name: HOSPITALS },
      spec: { clusterSelector: { selectorType: 'ExclusiveClusterSetLabel' } },
    },
  ];
}
