import { siteTopics } from '@hilum/contracts';
import { describe, expect, it } from 'vitest';
import type { ManifestObject } from '../judge/finding.js';
import { HUB_PLATFORMS, SITE_PLATFORMS } from '../render/platforms.js';
import { objectsOf } from '../testing/manifests.js';

const CONFIGS = 'gitops/infrastructure/configs';
const EDGES = SITE_PLATFORMS.map((platform) => `${CONFIGS}/edge/${platform}`);
const HUBS = HUB_PLATFORMS.map((platform) => `${CONFIGS}/hub/${platform}`);

interface Listener {
  name: string;
  port: number;
  type: string;
  tls: boolean;
  authentication?: { type: string };
}

const named = (objects: readonly ManifestObject[], kind: string, name: string): Record<string, unknown> => {
  const found = objects.find((object) => object.kind === kind && object.metadata?.name === name);
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
};
const specOf = <T>(objects: readonly ManifestObject[], kind: string, name: string): T =>
  named(objects, kind, name)['spec'] as T;
const listenersOf = (objects: readonly ManifestObject[]): Listener[] =>
  specOf<{ kafka: { listeners: Listener[] } }>(objects, 'Kafka', 'hilum').kafka.listeners;

describe.each([...HUBS, ...EDGES])('%s', (folder) => {
  it('has no listener without TLS or without users', async () => {
    const listeners = listenersOf(await objectsOf(folder));
    expect(listeners.map(({ name, tls, authentication }) => [name, tls, authentication?.type])).toEqual([
      ['tls', true, 'tls'],
      HUBS.includes(folder) ? ['wan', true, 'tls'] : ['store', true, 'scram-sha-512'],
    ]);
  });

  it('denies every flow by default where the broker and the buckets are, in restricted namespaces', async () => {
    const objects = await objectsOf(folder);
    const denied = objects.filter(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata?.name === 'default-deny',
    );
    expect(denied.map(({ metadata }) => metadata?.namespace).sort()).toEqual(['hilum-kafka', 'hilum-store']);
    for (const name of ['hilum', 'hilum-kafka', 'hilum-store'])
      expect((named(objects, 'Namespace', name)['metadata'] as { labels: object }).labels).toMatchObject({
        'pod-security.kubernetes.io/enforce': 'restricted',
      });
  });

  it('brings objects before what they are of', async () => {
    const objects = await objectsOf(folder);
    const wave = (kind: string): number[] =>
      objects
        .filter((object) => object.kind === kind)
        .map(({ metadata }) => Number(metadata?.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0));
    expect(Math.max(...wave('Namespace'))).toBeLessThan(Math.min(...wave('NetworkPolicy')));
    expect(Math.max(...wave('NetworkPolicy'))).toBeLessThan(Math.min(...wave('Kafka')));
    expect(Math.max(...wave('Kafka'))).toBeLessThan(Math.min(...wave('PodMonitor')));
  });
});

describe.each(EDGES)('the intake of %s', (folder) => {
  it('tells the topic that the dispatcher reads, and keeps what it has not told', async () => {
    const objects = await objectsOf(folder);
    const topic = specOf<{ persistent: boolean; endpoint: { kafka: { uri: string; useSSL: boolean } } }>(
      objects,
      'CephBucketTopic',
      siteTopics.uploads,
    );
    expect(topic.persistent).toBe(true);
    expect(topic.endpoint.kafka.useSSL).toBe(true);
    const port = listenersOf(objects).find(({ name }) => name === 'store')?.port;
    expect(topic.endpoint.kafka.uri).toBe(`kafka://hilum-kafka-bootstrap.hilum-kafka.svc:${port}`);
  });

  it('is told of by the bucket of images alone', async () => {
    const objects = await objectsOf(folder);
    const notification = specOf<{ topic: string; events: string[] }>(objects, 'CephBucketNotification', 'xray-uploads');
    expect(notification).toEqual({ topic: siteTopics.uploads, events: ['s3:ObjectCreated:*'] });
    const claims = objects.filter(({ kind }) => kind === 'ObjectBucketClaim');
    const labels = new Map(claims.map(({ metadata }) => [metadata?.name, metadata?.labels]));
    expect(labels).toEqual(
      new Map([
        ['xray-intake', { 'bucket-notification-xray-uploads': 'xray-uploads' }],
        ['xray-results', undefined],
        ['hilum-backup', undefined],
      ]),
    );
  });
});

describe('the copies of a hospital’s topics', () => {
  it.each([
    ['kubernetes', 3, 2],
    ['openshift', 3, 2],
    ['openshift-v1beta2', 3, 2],
    ['one-node', 1, 1],
  ])('fit the brokers of %s', async (platform, brokers, inStep) => {
    const objects = await objectsOf(`${CONFIGS}/edge/${platform}`);
    const { config } = specOf<{ kafka: { config: Record<string, unknown> } }>(objects, 'Kafka', 'hilum').kafka;
    expect(specOf<{ replicas: number }>(objects, 'KafkaNodePool', 'brokers').replicas).toBe(brokers);
    const factors = Object.entries(config).filter(([name]) => name.endsWith('replication.factor'));
    expect(new Set(factors.map(([, value]) => value))).toEqual(new Set([brokers]));
    const least = Object.entries(config).filter(([name]) => /min\.(isr|insync\.replicas)$/.test(name));
    expect(new Set(least.map(([, value]) => value))).toEqual(new Set([inStep]));
    expect(config['auto.create.topics.enable']).toBe(false);
  });
});
