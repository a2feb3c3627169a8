import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { establish, namespace, type ControlPlane } from './control-plane.js';
import type { FleetContext } from './fleet-context.js';
import { isHealthyPlain } from './health.js';
import { kinds } from './kinds.js';
import type { KubeObject } from './kube-client.js';
import { bindHospitals } from './ocm-hub.js';

export const ARGOCD_NAMESPACE = 'argocd';

/** The ConfigMap by which an ApplicationSet reads the decisions of OCM's placements. */
export const PLACEMENT_GENERATOR = 'ocm-placements';

/** Runs Argo CD at the hub (its controllers, without the web interface), with Redis for its cache. */
export async function startArgoCd(hub: ControlPlane, context: FleetContext): Promise<void> {
  const { admin } = hub;
  await establish(admin, context.programs.definitions('argocd'));
  await admin.apply(namespace(ARGOCD_NAMESPACE));
  await admin.applyAll(argoObjects());
  await bindHospitals(hub, ARGOCD_NAMESPACE);
  const ports = await context.ports(`${hub.name}-argocd`, [
    'redis',
    'repo',
    'repo-metrics',
    'application',
    'set-metrics',
    'set-health',
    'set-webhook',
  ]);
  const folder = join(hub.folder, 'argocd');
  mkdirSync(folder, { recursive: true });
  const redisAddress = `127.0.0.1:${ports.redis}`;
  const repoAddress = `127.0.0.1:${ports.repo}`;
  const argocd = (program: string, args: readonly string[]): ReturnType<typeof context.processes.start> =>
    context.processes.start({
      name: `${hub.name}-argocd-${program}`,
      command: context.programs.path('argocd'),
      args,
      env: {
        // one program for all: it goes by the name it is called by
        ARGOCD_BINARY_NAME: `argocd-${program}`,
        // the address of the cluster it runs in is then that of the kubeconfig
        ARGOCD_FAKE_IN_CLUSTER: 'true',
        KUBECONFIG: hub.adminKubeconfig,
        // no signed commits, hence no key ring of its own
        ARGOCD_GPG_ENABLED: 'false',
        TMPDIR: folder,
        GIT_CONFIG_NOSYSTEM: '1',
      },
    });

  context.processes.start({
    name: `${hub.name}-redis`,
    command: 'redis-server',
    args: ['--port', `${ports.redis}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
  });
  const repoServer = argocd('repo-server', [
    '--address=127.0.0.1',
    `--port=${ports.repo}`,
    '--metrics-address=127.0.0.1',
    `--metrics-port=${ports['repo-metrics']}`,
    '--disable-tls',
    `--redis=${redisAddress}`,
    // a commit counts soon instead of after minutes
    '--revision-cache-expiration=5s',
  ]);
  const applications = argocd('application-controller', [
    `--kubeconfig=${hub.adminKubeconfig}`,
    `--namespace=${ARGOCD_NAMESPACE}`,
    `--redis=${redisAddress}`,
    `--repo-server=${repoAddress}`,
    '--repo-server-plaintext',
    `--metrics-port=${ports.application}`,
    '--app-resync=10',
    '--app-resync-jitter=1',
    '--self-heal-timeout-seconds=1',
    '--self-heal-backoff-timeout-seconds=1',
  ]);
  const sets = argocd('applicationset-controller', [
    `--kubeconfig=${hub.adminKubeconfig}`,
    `--namespace=${ARGOCD_NAMESPACE}`,
    `--argocd-repo-server=${repoAddress}`,
    '--repo-server-plaintext',
    `--metrics-addr=127.0.0.1:${ports['set-metrics']}`,
    `--probe-addr=127.0.0.1:${ports['set-health']}`,
    `--webhook-addr=127.0.0.1:${ports['set-webhook']}`,
  ]);
  await repoServer.ready(() => isHealthyPlain(ports['repo-metrics'], '/healthz?full=true'));
  await applications.ready(() => isHealthyPlain(ports.application));
  // its own health answers nothing
  await sets.ready(() => isHealthyPlain(ports['set-metrics'], '/metrics'));
}

/**
 * Lets the hub's Argo CD deliver to a hospital, under the hospital's name. This is the push model: the hub reaches the
 * hospital's API, which a real hospital behind its firewall does not offer.
 */
export async function registerDestination(site: ControlPlane, hub: ControlPlane): Promise<void> {
  const account = { name: 'argocd-manager', namespace: 'kube-system' };
  await site.admin.applyAll([
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: account.name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    } as KubeObject,
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
  } as KubeObject);
}

function argoObjects(): KubeObject[] {
  const labels = { 'app.kubernetes.io/part-of': 'argocd' };
  const configMap = (name: string, data: Record<string, string> = {}): KubeObject =>
    ({ ...kinds.configMap, metadata: { name, namespace: ARGOCD_NAMESPACE, labels }, data }) as KubeObject;
  return [
    configMap('argocd-cm'),
    configMap('argocd-rbac-cm'),
    configMap('argocd-ssh-known-hosts-cm'),
    configMap('argocd-tls-certs-cm'),
    configMap('argocd-gpg-keys-cm'),
    {
      ...kinds.secret,
      metadata: { name: 'argocd-secret', namespace: ARGOCD_NAMESPACE, labels },
      stringData: { 'server.secretkey': randomBytes(32).toString('base64') },
    } as KubeObject,
    {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: { name: 'default', namespace: ARGOCD_NAMESPACE },
      spec: {
        sourceRepos: ['*'],
        destinations: [{ namespace: '*', server: '*' }],
        clusterResourceWhitelist: [{ group: '*', kind: '*' }],
      },
    } as KubeObject,
    configMap(PLACEMENT_GENERATOR, {
      apiVersion: kinds.placementDecision.apiVersion,
      kind: 'placementdecisions',
      statusListKey: 'decisions',
      matchKey: 'clusterName',
    }),
  ];
}
