import { siteTopics } from '@hilum/contracts';
import { nameOf, ofKind, type KubeObject } from './kube-object.js';
import { containerOf, valueOf, workloadsOf } from './workload.js';

interface Kafka extends KubeObject {
  spec: { kafka: { listeners: { port: number; authentication?: { type: string } }[] } };
}

interface BucketClaim extends KubeObject {
  spec: { bucketName: string };
}

interface ObjectStore extends KubeObject {
  spec: { gateway: { securePort?: number } };
}

/** What the services are told of broker, store and buckets is what the infrastructure beside them makes. */
export function seamProblems(apps: readonly KubeObject[], infrastructure: readonly KubeObject[]): string[] {
  const brokers = ofKind<Kafka>(infrastructure, 'Kafka').flatMap(({ metadata, spec }) =>
    spec.kafka.listeners
      .filter(({ authentication }) => authentication?.type === 'tls')
      .map(({ port }) => `${metadata.name}-kafka-bootstrap.${metadata.namespace}.svc:${port}`),
  );
  const stores = ofKind<ObjectStore>(infrastructure, 'CephObjectStore')
    .filter(({ spec }) => spec.gateway.securePort === 443)
    .map(({ metadata }) => `https://rook-ceph-rgw-${metadata.name}.${metadata.namespace}.svc`);
  const buckets = ofKind<BucketClaim>(infrastructure, 'ObjectBucketClaim').map(({ spec }) => spec.bucketName);
  const services = workloadsOf(apps).flatMap((workload) => {
    const container = containerOf(workload);
    const given: [string, readonly string[]][] = [
      ['HILUM_KAFKA_BROKERS', brokers],
      ['HILUM_S3_ENDPOINT', stores],
      ['HILUM_S3_INTAKE_BUCKET', buckets],
      ['HILUM_S3_RESULTS_BUCKET', buckets],
      ['HILUM_S3_AUDIT_BUCKET', buckets],
    ];
    return given.flatMap(([name, made]) => {
      const value = valueOf(container, name);
      if (value === undefined || made.includes(value)) return [];
      return [`${nameOf(workload)}: ${name} is ${value}, but gitops/infrastructure makes ${made.join(', ')}`];
    });
  });
  const topics = ofKind(infrastructure, 'CephBucketTopic')
    .filter(({ metadata }) => metadata.name !== siteTopics.uploads)
    .map(
      (topic) =>
        `${nameOf(topic)}: the store writes to the topic of that name, not ${siteTopics.uploads} (packages/contracts/src/topics.ts)`,
    );
  return [...services, ...topics];
}
