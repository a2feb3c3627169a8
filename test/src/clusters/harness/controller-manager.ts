import type { ControlPlaneFiles } from './control-plane.js';
import type { FleetContext } from './fleet-context.js';
import type { KubeClient } from './kube-client.js';

/** Starts a kube-controller-manager and waits until its first work is done: a new namespace has its service account. */
export async function startControllerManager(
  cluster: string,
  { port, files, admin }: { port: number; files: ControlPlaneFiles; admin: KubeClient },
  { programs, processes }: FleetContext,
): Promise<void> {
  const manager = processes.start({
    name: `${cluster}-controllers`,
    command: programs.path('kube-controller-manager'),
    args: [
      `--kubeconfig=${files.adminKubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--leader-elect=false',
      // it signs the certificates of hospitals that join
      `--cluster-signing-cert-file=${files.server.ca}`,
      `--cluster-signing-key-file=${files.caKey}`,
      `--root-ca-file=${files.server.ca}`,
      `--service-account-private-key-file=${files.serviceAccountKey}`,
    ],
  });
  await manager.ready(() => admin.find({ apiVersion: 'v1', kind: 'ServiceAccount' }, 'default', 'default'));
}
