import { setTimeout as delay } from 'node:timers/promises';
import { kinds } from '../harness/kinds.js';
import { KubeError, type KubeClient, type KubeKind, type KubeObject, type Manifest } from '../harness/kube-client.js';

const EVERY_MS = 700;

interface Body {
  metadata: { generation?: number };
  spec?: { source?: { chart?: string }; destination?: { namespace?: string }; type?: string };
  status?: Record<string, unknown>;
}
type Found = KubeObject<Body>;

/** A kind of object that becomes ready by a status that nobody writes here. */
interface ReadyKind extends KubeKind {
  /** Left alone unless it holds. */
  concerns?: (object: Found) => boolean;
  /** What says that it is ready. */
  status: (object: Found) => Record<string, unknown>;
}

const CHARTS_ARE_NOT_FETCHED = 'argocd.argoproj.io/skip-reconcile';

/**
 * What would become ready on clusters with nodes and operators. A kind that a cluster does not know is passed over, so the
 * list is as long as whatever gitops/ asks for.
 */
const READY_KINDS: readonly ReadyKind[] = [
  // the node's part: Deployments, StatefulSets and Jobs follow from it by Kubernetes' own controllers
  {
    apiVersion: 'v1',
    kind: 'Pod',
    status: () => ({ phase: 'Running', conditions: conditions('Initialized', 'ContainersReady', 'Ready') }),
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    concerns: ({ spec }) => spec?.type === 'LoadBalancer',
    status: () => ({ loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } }),
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    status: () => ({ loadBalancer: { ingress: [{ ip: '127.0.0.1' }] } }),
  },
  ...['Kafka', 'KafkaNodePool', 'KafkaTopic', 'KafkaUser', 'KafkaMirrorMaker2'].map((kind): ReadyKind => ({
    apiVersion: 'kafka.strimzi.io/v1',
    kind,
    status: withConditions('Ready'),
  })),
  {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    status: () => ({ phase: 'Cluster in healthy state', conditions: conditions('Ready') }),
  },
  {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    status: withConditions('ConfigurationsReady', 'Ready', 'RoutesReady'),
  },
  ...['KnativeServing', 'KnativeEventing'].map((kind): ReadyKind => ({
    apiVersion: 'operator.knative.dev/v1beta1',
    kind,
    status: withConditions('DependenciesInstalled', 'DeploymentsAvailable', 'InstallSucceeded', 'Ready'),
  })),
  { apiVersion: 'sources.knative.dev/v1', kind: 'KafkaSource', status: withConditions('Ready') },
  ...['ExternalSecret', 'SecretStore', 'ClusterSecretStore', 'ClusterExternalSecret'].map((kind): ReadyKind => ({
    apiVersion: 'external-secrets.io/v1',
    kind,
    status: () => ({ conditions: conditions('Ready') }),
  })),
  {
    apiVersion: 'external-secrets.io/v1alpha1',
    kind: 'PushSecret',
    status: () => ({ conditions: conditions('Ready') }),
  },
  ...['Certificate', 'Issuer', 'ClusterIssuer'].map((kind): ReadyKind => ({
    apiVersion: 'cert-manager.io/v1',
    kind,
    status: () => ({ conditions: conditions('Ready') }),
  })),
  { apiVersion: 'objectbucket.io/v1alpha1', kind: 'ObjectBucketClaim', status: () => ({ phase: 'Bound' }) },
  ...['CephCluster', 'CephObjectStore', 'CephObjectStoreUser', 'CephBlockPool'].map((kind): ReadyKind => ({
    apiVersion: 'ceph.rook.io/v1',
    kind,
    status: () => ({ phase: 'Ready' }),
  })),
  ...['Prometheus', 'Alertmanager'].map((kind): ReadyKind => ({
    apiVersion: 'monitoring.coreos.com/v1',
    kind,
    status: () => ({ conditions: conditions('Available') }),
  })),
];

/**
 * Stands in for what clusters without nodes lack: the kubelet, and the operators of others (Strimzi, CloudNativePG, Rook,
 * Knative, cert-manager, External Secrets, Prometheus) with the chart repositories they are installed from. It says
 * "ready" in the status of what asks for them, and does nothing: that anything works is not shown by it, only that the
 * objects are accepted, and that waves wait for this word.
 */
export class OperatorsStandIn {
  readonly #clusters: readonly KubeClient[];
  #running: Promise<void> = Promise.resolve();
  #stopping = false;

  /** @param clusters as administrator */
  constructor(clusters: readonly KubeClient[]) {
    this.#clusters = clusters;
  }

  /** Works until it is stopped; a cluster that does not answer meanwhile is asked again. */
  start(): void {
    this.#running = Promise.all(this.#clusters.map((cluster) => this.#serve(cluster))).then(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #serve(cluster: KubeClient): Promise<void> {
    // asked once: each question costs the API server, and the definitions are there beforehand
    const known = await knownTo(cluster);
    while (!this.#stopping) {
      await makeReady(cluster, known).catch(() => undefined);
      await delay(EVERY_MS);
    }
  }
}

/** Those of the kinds that a cluster knows. */
async function knownTo(cluster: KubeClient): Promise<ReadyKind[]> {
  const known: ReadyKind[] = [];
  for (const kind of READY_KINDS) if (await cluster.serves(kind)) known.push(kind);
  return known;
}

/** Says "ready" for everything in a cluster that was not. @returns how many objects that were */
export async function makeReady(cluster: KubeClient, known?: readonly ReadyKind[]): Promise<number> {
  let made = await installCharts(cluster);
  for (const kind of known ?? (await knownTo(cluster))) {
    for (const object of await cluster.list<Body>(kind)) {
      if (object.metadata.deletionTimestamp !== undefined || kind.concerns?.(object) === false) continue;
      const status = kind.status(object);
      if (holds(object.status, status)) continue;
      await cluster.applyStatus(statusOf(object, status)).catch(ignoreGone);
      made += 1;
    }
  }
  return made;
}

/** Applications of charts: their repositories are away, and the definitions that they bring are there already. Namespaces come. */
async function installCharts(cluster: KubeClient): Promise<number> {
  if (!(await cluster.serves(kinds.application))) return 0;
  let made = 0;
  for (const { metadata, spec, status } of await cluster.list<Body>(kinds.application)) {
    const installed = { health: { status: 'Healthy' }, sync: { status: 'Synced' } };
    if (spec?.source?.chart === undefined || holds(status, installed)) continue;
    const namespace = spec.destination?.namespace;
    if (namespace !== undefined) await cluster.apply({ ...kinds.namespace, metadata: { name: namespace } });
    await cluster.merge(
      kinds.application,
      metadata.name,
      { metadata: { annotations: { [CHARTS_ARE_NOT_FETCHED]: 'true' } }, status: installed },
      metadata.namespace,
    );
    made += 1;
  }
  return made;
}

function statusOf({ apiVersion, kind, metadata }: Found, status: Record<string, unknown>): Manifest {
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, status };
}

function withConditions(...types: string[]): ReadyKind['status'] {
  return ({ metadata }) => ({ observedGeneration: metadata.generation ?? 1, conditions: conditions(...types) });
}

function conditions(...types: string[]): object[] {
  return types.map((type) => ({
    type,
    status: 'True',
    reason: 'StandIn',
    message: '',
    // the same each time: it is no news
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }));
}

/** Whether a status says all that it should; it may say more. */
function holds(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(actual) && wanted.every((item) => actual.some((candidate) => holds(candidate, item)));
  if (typeof wanted === 'object' && wanted !== null)
    return (
      typeof actual === 'object' &&
      actual !== null &&
      Object.entries(wanted).every(([name, value]) => holds((actual as Record<string, unknown>)[name], value))
    );
  return actual === wanted;
}

/** Deleted meanwhile. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof KubeError && error.status === 404)) throw error;
}
