import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../support/until.js';
import { establish, namespace, type ControlPlane } from './control-plane.js';
import type { ClusterAccess, FleetContext } from './fleet-context.js';
import { isHealthy } from './health.js';
import { kinds } from './kinds.js';
import { hasCondition, KubeClient, type Condition, type KubeObject } from './kube-client.js';
import { tokenKubeconfig } from './kubeconfig.js';
import { acceptHospital, bootstrapToken, isApproved, type CertificateRequest } from './ocm-hub.js';

const AGENT_NAMESPACE = 'open-cluster-management-agent';
const JOINED_WITHIN_MS = 120_000;

/** What a hub knows of a cluster. */
export type ManagedCluster = KubeObject<{
  spec: { hubAcceptsClient?: boolean };
  status?: { conditions?: Condition[]; version?: { kubernetes?: string } };
}>;

/** Where OCM's agent keeps the certificate by which the hub knows the hospital. */
export interface HospitalIdentity {
  cert: string;
  key: string;
}

/**
 * Runs OCM's two agents beside a hospital's control plane and joins it to the hub: with a token that is good for asking
 * only, then with the certificate that the hub gave it.
 * @param labels for placements to choose by
 * @returns once the hub has the hospital as available
 */
export async function joinHub(
  site: ControlPlane,
  hub: ClusterAccess,
  labels: Record<string, string>,
  context: FleetContext,
): Promise<HospitalIdentity> {
  await establish(site.admin, context.programs.definitions('ocm-agent'));
  await site.admin.applyAll([namespace(AGENT_NAMESPACE), namespace('open-cluster-management-agent-addon')]);
  const ports = await context.ports(`${site.name}-ocm`, ['registration', 'work']);
  const folder = join(site.folder, 'hub-identity');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const bootstrap = join(site.folder, 'bootstrap.kubeconfig');
  const ca = readFileSync(hub.ca, 'utf8');
  const token = await bootstrapToken(hub);
  writeFileSync(bootstrap, tokenKubeconfig({ name: hub.name, server: hub.url, ca, token }), { mode: 0o600 });
  const common = [
    `--kubeconfig=${site.adminKubeconfig}`,
    `--namespace=${AGENT_NAMESPACE}`,
    `--spoke-cluster-name=${site.name}`,
    `--agent-id=${site.name}`,
    `--hub-kubeconfig-dir=${folder}`,
    '--disable-leader-election',
  ];
  const env = { POD_NAME: site.name, POD_NAMESPACE: AGENT_NAMESPACE };

  context.processes.start({
    name: `${site.name}-ocm-registration`,
    command: context.programs.path('ocm-registration'),
    args: [
      'agent',
      ...common,
      `--bootstrap-kubeconfig=${bootstrap}`,
      '--hub-kubeconfig-secret=hub-kubeconfig-secret',
      `--listen=127.0.0.1:${ports.registration}`,
    ],
    env,
  });
  await until(
    `${site.name} asks to join`,
    async () => {
      const cluster = await hub.admin.find(kinds.managedCluster, site.name);
      const requests = await hub.admin.list<CertificateRequest>(kinds.certificateRequest, {
        labels: `open-cluster-management.io/cluster-name=${site.name}`,
      });
      return cluster !== null && requests.some((request) => !isApproved(request));
    },
    JOINED_WITHIN_MS,
  );
  await acceptHospital(hub, site.name, labels);
  await until(
    `${site.name} has joined`,
    async () =>
      hasCondition(await hub.admin.find<ManagedCluster>(kinds.managedCluster, site.name), 'ManagedClusterJoined'),
    JOINED_WITHIN_MS,
  );
  // the kubeconfig is there only now: OCM's operator, too, starts this agent after the other one
  const work = context.processes.start({
    name: `${site.name}-ocm-work`,
    command: context.programs.path('ocm-work'),
    args: [
      'agent',
      ...common,
      '--workload-source-driver=kube',
      `--workload-source-config=${join(folder, 'kubeconfig')}`,
      '--status-sync-interval=5s',
      `--listen=127.0.0.1:${ports.work}`,
    ],
    env,
  });
  await work.ready(() => isHealthy(ports.work));
  await until(
    `${site.name} is available`,
    async () =>
      hasCondition(
        await hub.admin.find<ManagedCluster>(kinds.managedCluster, site.name),
        'ManagedClusterConditionAvailable',
      ),
    JOINED_WITHIN_MS,
  );
  return { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
}

/** The hub as this hospital may see it. */
export function hubAs(identity: HospitalIdentity, hub: { url: string; ca: string }): KubeClient {
  return new KubeClient({ server: hub.url, ca: hub.ca, as: identity });
}
