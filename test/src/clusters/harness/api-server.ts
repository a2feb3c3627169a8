import type { ControlPlaneFiles } from './control-plane.js';
import type { FleetContext } from './fleet-context.js';
import type { KubeClient } from './kube-client.js';

/** Starts a kube-apiserver and waits until it says that it is ready. */
export async function startApiServer(
  cluster: string,
  { port, etcdUrl, files, admin }: { port: number; etcdUrl: string; files: ControlPlaneFiles; admin: KubeClient },
  { programs, processes }: FleetContext,
): Promise<void> {
  const server = processes.start({
    name: `${cluster}-apiserver`,
    command: programs.path('kube-apiserver'),
    args: [
      `--etcd-servers=${etcdUrl}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${port}`,
      // endpoints of the service `kubernetes` may not lie on loopback, and no pod will ask for them
      '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--authorization-mode=Node,RBAC',
      '--allow-privileged',
      `--tls-cert-file=${files.server.cert}`,
      `--tls-private-key-file=${files.server.key}`,
      `--client-ca-file=${files.server.ca}`,
      `--token-auth-file=${files.tokens}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${files.serviceAccountPublicKey}`,
      `--service-account-signing-key-file=${files.serviceAccountKey}`,
      // OCM's controllers wait for the ConfigMap that these make
      `--requestheader-client-ca-file=${files.frontProxyCa}`,
      '--requestheader-allowed-names=front-proxy',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    ],
  });
  await server.ready(async () => (await admin.ask('GET', '/readyz')) === 'ok');
}
