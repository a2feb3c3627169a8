import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { establish, namespace, type ControlPlane } from './control-plane.js';
import type { ClusterAccess, FleetContext } from './fleet-context.js';
import { isHealthyPlain } from './health.js';
import type { HostProcess } from './host-process.js';
import { kinds } from './kinds.js';
import type { Manifest } from './kube-client.js';

export const ARGOCD_NAMESPACE = 'argocd';

const PART_OF = { 'app.kubernetes.io/part-of': 'argocd' };

/** An Argo CD that runs. */
export interface ArgoCd {
  /** Starts one more of its programs, such as `applicationset-controller`. */
  start: (program: string, args: readonly string[]) => HostProcess;
  /** host:port of its repository server */
  repoAddress: string;
}

/** Runs Argo CD at a cluster, without its web interface: what it delivers is said by Application objects there. */
export async function startArgoCd(cluster: ControlPlane, context: FleetContext): Promise<ArgoCd> {
  const { admin, name } = cluster;
  await establish(admin, context.programs.definitions('argocd'));
  await admin.apply(namespace(ARGOCD_NAMESPACE));
  await admin.applyAll(argoObjects());
  const ports = await context.ports(`${name}-argocd`, ['redis', 'repo', 'repo-metrics', 'application']);
  const folder = join(cluster.folder, 'argocd');
  mkdirSync(folder, { recursive: true });
  const redisAddress = `127.0.0.1:${ports.redis}`;
  const repoAddress = `127.0.0.1:${ports.repo}`;
  const start: ArgoCd['start'] = (program, args) =>
    context.processes.start({
      name: `${name}-argocd-${program}`,
      command: context.programs.path('argocd'),
      args,
      env: {
        // one program for all: it goes by the name it is called by
        ARGOCD_BINARY_NAME: `argocd-${program}`,
        // the address of the cluster it runs in is then that of the kubeconfig
        ARGOCD_FAKE_IN_CLUSTER: 'true',
        KUBECONFIG: cluster.adminKubeconfig,
        // waves follow each other at once: nothing here needs two seconds to notice
        ARGOCD_SYNC_WAVE_DELAY: '0',
        // no signed commits, hence no key ring of its own
        ARGOCD_GPG_ENABLED: 'false',
        TMPDIR: folder,
        // kustomize is called by its name
        PATH: `${dirname(context.kustomize)}${delimiter}${process.env['PATH'] ?? ''}`,
        GIT_CONFIG_NOSYSTEM: '1',
      },
    });

  context.processes.start({
    name: `${name}-argocd-redis`,
    command: 'redis-server',
    args: ['--port', `${ports.redis}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
  });
  const repoServer = start('repo-server', [
    '--address=127.0.0.1',
    `--port=${ports.repo}`,
    '--metrics-address=127.0.0.1',
    `--metrics-port=${ports['repo-metrics']}`,
    '--disable-tls',
    `--redis=${redisAddress}`,
    // a commit counts soon instead of after minutes
    '--revision-cache-expiration=2s',
  ]);
  const applications = start('application-controller', [
    `--kubeconfig=${cluster.adminKubeconfig}`,
    `--namespace=${ARGOCD_NAMESPACE}`,
    `--redis=${redisAddress}`,
    `--repo-server=${repoAddress}`,
    '--repo-server-plaintext',
    `--metrics-port=${ports.application}`,
    // in case a webhook was lost: to look every few seconds keeps two processors busy
    '--app-resync=10',
    '--app-resync-jitter=1',
    '--self-heal-timeout-seconds=1',
    '--self-heal-backoff-timeout-seconds=1',
  ]);
  await repoServer.ready(() => isHealthyPlain(ports['repo-metrics'], '/healthz?full=true'));
  await applications.ready(() => isHealthyPlain(ports.application));
  return { start, repoAddress };
}

/** Adds what makes an Application for every hospital that a placement of OCM chooses. */
export async function startApplicationSets(hub: ControlPlane, argoCd: ArgoCd, context: FleetContext): Promise<void> {
  const ports = await context.ports(`${hub.name}-argocd-sets`, ['metrics', 'health', 'webhook']);
  const sets = argoCd.start('applicationset-controller', [
    `--kubeconfig=${hub.adminKubeconfig}`,
    `--namespace=${ARGOCD_NAMESPACE}`,
    `--argocd-repo-server=${argoCd.repoAddress}`,
    '--repo-server-plaintext',
    `--metrics-addr=127.0.0.1:${ports.metrics}`,
    `--probe-addr=127.0.0.1:${ports.health}`,
    `--webhook-addr=127.0.0.1:${ports.webhook}`,
  ]);
  // its own health answers nothing
  await sets.ready(() => isHealthyPlain(ports.metrics, '/metrics'));
}

/**
 * Lets the hub's Argo CD deliver to a hospital, under the hospital's name. This is the push model: the hub reaches the
 * hospital's API, which a real hospital behind its firewall does not offer. In the pull model the hospital's own Argo CD
 * delivers, and needs none of this.
 */
export async function registerDestination(site: ControlPlane, hub: Pick<ClusterAccess, 'admin'>): Promise<void> {
  const account = { name: 'argocd-manager', namespace: 'kube-system' };
  await site.admin.applyAll([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: account.name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ]);
  const config = {
    bearerToken: await site.admin.token(account.name, account.namespace),
    tlsClientConfig: { caData: Buffer.from(readFileSync(site.files.server.ca)).toString('base64') },
  };
  await hub.admin.apply({
    ...kinds.secret,
    metadata: {
      name: `hospital-${site.name}`,
      namespace: ARGOCD_NAMESPACE,
      labels: { 'argocd.argoproj.io/secret-type': 'cluster' },
    },
    stringData: { name: site.name, server: site.url, config: JSON.stringify(config) },
  });
}

function argoObjects(): Manifest[] {
  return [
    ...['argocd-cm', 'argocd-rbac-cm', 'argocd-ssh-known-hosts-cm', 'argocd-tls-certs-cm', 'argocd-gpg-keys-cm'].map(
      (name) => configMap(name, {}),
    ),
    {
      ...kinds.secret,
      metadata: { name: 'argocd-secret', namespace: ARGOCD_NAMESPACE, labels: PART_OF },
      stringData: { 'server.secretkey': randomBytes(32).toString('base64') },
    },
    {
      apiVersion: kinds.application.apiVersion,
      kind: 'AppProject',
      metadata: { name: 'default', namespace: ARGOCD_NAMESPACE },
      spec: {
        sourceRepos: ['*'],
        destinations: [{ namespace: '*', server: '*' }],
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      },
    },
  ];
}

function configMap(name: string, data: Record<string, string>): Manifest {
  return { ...kinds.configMap, metadata: { name, namespace: ARGOCD_NAMESPACE, labels: PART_OF }, data };
}
