import { describe, expect, it } from 'vitest';
import { judgeOfVersions } from '../testing/manifests.js';
import { reportOf } from './finding.js';

/** What is said of one manifest. */
async function reportFor(text: string): Promise<string[]> {
  return reportOf(await judgeOfVersions().judge([{ name: 'case', text }]));
}

const DIGEST = `sha256:${'0'.repeat(64)}`;

const deployment = (container: string, more = ''): string => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: edge, namespace: hilum }
spec:
  selector: { matchLabels: { app: edge } }
  ${more}
  template:
    metadata: { labels: { app: edge } }
    spec:
      containers: [{ name: edge, ${container} }]
`;

const topic = (spec: string): string => `
apiVersion: kafka.strimzi.io/v1
kind: KafkaTopic
metadata: { name: audit.v1, labels: { strimzi.io/cluster: hilum } }
spec: ${spec}
`;

describe('the judge', () => {
  it('has nothing against what is right', async () => {
    const texts = [
      deployment(`image: hilum/edge@${DIGEST}, resources: { limits: { memory: 1Gi } }`),
      topic('{ partitions: 1, replicas: 1, config: { retention.ms: -1 } }'),
      'apiVersion: v1\nkind: Service\nmetadata: { name: edge }\nspec: { clusterIP: None, ports: [{ port: 80 }] }',
      'apiVersion: v1\nkind: Service\nmetadata: { name: edge }\nspec: { ports: [{ port: 80 }] }',
      'apiVersion: v1\nkind: Secret\nmetadata: { name: filled-by-its-operator }',
      'apiVersion: v1\nkind: Namespace\nmetadata: { name: hilum }',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { image: any }',
    ];
    expect(await reportFor(texts.join('\n---\n'))).toEqual([]);
  });

  it('names the file, the object, the field and the fix', async () => {
    expect(await reportFor(deployment(`image: hilum/edge@${DIGEST}`, 'replica: 2'))).toEqual([
      'case: apps/v1 Deployment hilum/edge: spec.replica: unknown field "spec.replica" (unknown-field: correct its name or place, or leave it out)',
    ]);
  });

  it.each([
    ['an unknown field of a custom resource', topic('{ partition: 3 }'), 'spec.partition: unknown field'],
    [
      'an unknown field below a list',
      deployment(`image: a@${DIGEST}, port: 1`),
      'spec.template.spec.containers[0].port',
    ],
    ['a value of another type', topic('{ partitions: many }'), 'spec.partitions: Invalid value: "string"'],
    ['a number that is too small', topic('{ partitions: 0 }'), 'spec.partitions: Invalid value: 0'],
    [
      'a value that is none of an enumeration',
      'apiVersion: kafka.strimzi.io/v1\nkind: KafkaUser\nmetadata: { name: u }\nspec: { authentication: { type: none } }',
      'spec.authentication.type: Unsupported value: "none"',
    ],
    [
      'a required field that is missing',
      'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: { name: c }\nspec: { secretName: s }',
      'spec.issuerRef: Required value',
    ],
    [
      'a text that does not fit its pattern',
      'apiVersion: operators.coreos.com/v1alpha1\nkind: CatalogSource\nmetadata: { name: c }\nspec: { sourceType: grpc, updateStrategy: { registryPoll: { interval: 5 } } }',
      'spec.updateStrategy.registryPoll.interval: Invalid value',
    ],
    [
      'a rule in CEL that is broken',
      'apiVersion: ceph.rook.io/v1\nkind: CephBlockPool\nmetadata: { name: p }\nspec: { erasureCoded: { dataChunks: 2, codingChunks: 1, crushNumFailureDomains: 2 } }',
      'must be specified together',
    ],
    [
      'a number that makes no sense',
      'apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: { name: c }\nspec: { instances: 0, storage: { size: 1Gi } }',
      'spec.instances: Invalid value: 0',
    ],
    [
      'a selector that does not fit its pods',
      deployment(`image: a@${DIGEST}`).replace('app: edge } }\n  \n', 'app: hub } }\n'),
      'spec.template.metadata.labels',
    ],
    ['an amount that is none', deployment(`image: a@${DIGEST}, resources: { limits: { memory: lots } }`), 'quantities'],
    [
      'more asked for than allowed',
      deployment(`image: a@${DIGEST}, resources: { requests: { cpu: 2 }, limits: { cpu: 1 } }`),
      'must be less than or equal to cpu limit',
    ],
    [
      'a name that is none',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: Settings }',
      'metadata.name: Invalid value',
    ],
    [
      'a label that is none',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: s, labels: { app: two words } }',
      'metadata.labels: Invalid value: "two words"',
    ],
    [
      'a key that is given twice',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: s }\ndata: { a: b }\ndata: { a: c }',
      'already set',
    ],
    ['text that is no object', 'hello: { there', 'unreadable'],
    ['an object without a kind', 'apiVersion: v1\nmetadata: { name: s }', 'has no apiVersion or no kind'],
    ['a kind nobody defines', 'apiVersion: example.org/v1\nkind: Thing\nmetadata: { name: t }', 'unknown-kind'],
    [
      'a version that is no longer served',
      topic('{}').replace('strimzi.io/v1', 'strimzi.io/v1beta2'),
      'kafka.strimzi.io/v1beta2 KafkaTopic is not served, only v1',
    ],
    [
      'a version that Kubernetes no longer has',
      'apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: { name: p }',
      'policy/v1beta1 PodDisruptionBudget is gone since Kubernetes 1.25',
    ],
    [
      'a version that Kubernetes never had',
      'apiVersion: apps/v3\nkind: Deployment\nmetadata: { name: d }',
      'this Kubernetes has no apps/v3 Deployment',
    ],
    [
      'a version of Kubernetes’ own that is deprecated',
      'apiVersion: v1\nkind: Endpoints\nmetadata: { name: e }',
      'is deprecated since Kubernetes 1.33',
    ],
    [
      'a version of a custom resource that is deprecated',
      'apiVersion: sources.knative.dev/v1beta2\nkind: PingSource\nmetadata: { name: p }',
      'deprecated',
    ],
    [
      'a placement rule',
      'apiVersion: apps.open-cluster-management.io/v1\nkind: PlacementRule\nmetadata: { name: p }',
      'PlacementRule is retired: use Placement',
    ],
    ['an image with a tag alone', deployment('image: hilum/edge:1.0'), 'the image hilum/edge:1.0 has no digest'],
    ['an image with half a digest', deployment('image: hilum/edge@sha256:12'), 'image-not-pinned'],
    [
      'an image of a custom resource',
      'apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: { name: c }\nspec: { instances: 1, imageName: "pg:18", storage: { size: 1Gi } }',
      'spec.imageName: the image pg:18 has no digest',
    ],
    [
      'a secret with content',
      'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\ndata: { a: Yg== }',
      'secret-in-git',
    ],
    ['a secret in plain', 'apiVersion: v1\nkind: Secret\nmetadata: { name: s }\nstringData: { a: b }', 'secret-in-git'],
  ])('refuses %s', async (_what, text, said) => {
    const report = await reportFor(text);
    expect(report.join('\n')).toContain(said);
    expect(report[0]).toMatch(/^case: /);
  });

  it('says when its program cannot run', async () => {
    const { manifestJudge } = await import('./judge.js');
    await expect(manifestJudge('/nowhere/check', '/nowhere').judge([])).rejects.toThrow('ENOENT');
  });
});
