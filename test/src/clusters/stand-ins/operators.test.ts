import { describe, expect, it } from 'vitest';
import { KubeClient, type KubeKind, type Manifest } from '../harness/kube-client.js';
import { makeReady } from './operators.js';

describe('the stand-in for operators', () => {
  it('says "ready" once of what waits for it, and of nothing else', async () => {
    const cluster = new FakeCluster([
      { apiVersion: 'kafka.strimzi.io/v1', kind: 'Kafka', metadata: { name: 'hilum', namespace: 'hilum-kafka' } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'inside' }, spec: { type: 'ClusterIP' } },
    ]);
    expect(await makeReady(cluster)).toBe(1);
    const [kafka, service] = cluster.objects;
    expect(kafka?.['status']).toMatchObject({ conditions: [{ type: 'Ready', status: 'True' }] });
    expect(service).not.toHaveProperty('status');
    expect(await makeReady(cluster)).toBe(0);
  });

  it('takes a chart for installed without fetching it, and leaves other Applications to Argo CD', async () => {
    const cluster = new FakeCluster([
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { name: 'of-a-chart', namespace: 'argocd' },
        spec: { source: { chart: 'rook-ceph' }, destination: { namespace: 'rook-ceph' } },
      },
      {
        apiVersion: 'argoproj.io/v1alpha1',
        kind: 'Application',
        metadata: { name: 'of-a-folder', namespace: 'argocd' },
        spec: { source: { path: 'gitops/apps' } },
      },
    ]);
    expect(await makeReady(cluster)).toBe(1);
    expect(cluster.objects[0]).toMatchObject({ status: { health: { status: 'Healthy' }, sync: { status: 'Synced' } } });
    expect(cluster.objects[1]).not.toHaveProperty('status');
    expect(cluster.objects.map(({ metadata }) => metadata.name)).toContain('rook-ceph');
  });
});

/** Keeps objects, and knows the kinds of those it was given. */
class FakeCluster extends KubeClient {
  readonly objects: Manifest[];

  constructor(objects: Manifest[]) {
    super({ server: 'https://127.0.0.1:1', ca: '', as: { token: '' } });
    this.objects = objects;
  }

  override serves(kind: KubeKind): Promise<boolean> {
    return Promise.resolve(this.#of(kind).length > 0);
  }

  override list<T>(kind: KubeKind): Promise<(Manifest & T)[]> {
    return Promise.resolve(this.#of(kind) as (Manifest & T)[]);
  }

  override apply(object: Manifest): Promise<Manifest> {
    this.objects.push(object);
    return Promise.resolve(object);
  }

  override applyStatus({ metadata, status }: Manifest): Promise<void> {
    return this.merge(metadata, metadata.name, { status });
  }

  override merge(_kind: unknown, name: string, change: object): Promise<void> {
    for (const object of this.objects) if (object.metadata.name === name) Object.assign(object, change);
    return Promise.resolve();
  }

  #of({ apiVersion, kind }: KubeKind): Manifest[] {
    return this.objects.filter((object) => object.apiVersion === apiVersion && object.kind === kind);
  }
}
