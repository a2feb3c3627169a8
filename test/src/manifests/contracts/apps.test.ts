import { HUB_BOUND_TOPICS } from '@hilum/contracts';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readCodeFacts, type CodeFacts } from './code-facts.js';
import {
  deliveryForms,
  kafkaSourceProblems,
  scoringLimitProblems,
  stopProblems,
  type KafkaSource,
} from './delivery-check.js';
import { environmentProblems, type SampleSecrets } from './environment-check.js';
import { OURS, PORTS, endpointsOf, hubFlows, platformOf, siteFlows } from './flows.js';
import {
  differences,
  hubUserProblems,
  mirrorProblems,
  mirrorsOf,
  siteAtHubProblems,
  siteUserProblems,
  topicProblems,
  type KafkaMirrorMaker2,
  type KafkaUser,
} from './kafka-check.js';
import { changed, ofKind, theOne, type KubeObject } from './kube-object.js';
import { allowedFlows, type NetworkPolicy } from './network-flow.js';
import { monitorProblems, podProblems, probeProblems } from './pods-check.js';
import { HUB_PLATFORMS, SITE_PLATFORMS } from '../render/platforms.js';
import { AppManifests, ST_AGNES } from './render-apps.js';
import { sampleSecrets } from './samples.js';
import { seamProblems } from './seams-check.js';
import { secretProblems, secretsMade } from './secrets-check.js';
import { containerOf, valueOf, type EnvVariable, type Workload } from './workload.js';

const JOBS = ['hilum-hub', 'hilum-edge', 'hilum-dispatcher', 'hilum-inference'];
const KAFKA_SOURCE = '../../../../components/kafka-source';

const manifests = new AppManifests(inject('manifestTools').kustomize);
let facts: CodeFacts;
let samples: SampleSecrets;
const sites = new Map<string, KubeObject[]>();
const hubs = new Map<string, KubeObject[]>();
/** What operators are told beside the apps, by the folder below gitops/infrastructure/configs. */
const infrastructure = new Map<string, KubeObject[]>();
beforeAll(async () => {
  facts = await readCodeFacts();
  samples = await sampleSecrets();
  for (const overlay of SITE_PLATFORMS) sites.set(overlay, await manifests.site(overlay, ST_AGNES));
  for (const overlay of HUB_PLATFORMS) hubs.set(overlay, await manifests.hub(overlay));
  for (const overlay of SITE_PLATFORMS)
    infrastructure.set(`edge/${overlay}`, await manifests.infrastructure(`edge/${overlay}`));
  for (const overlay of HUB_PLATFORMS)
    infrastructure.set(`hub/${overlay}`, await manifests.infrastructure(`hub/${overlay}`));
}, 120_000);
afterAll(() => manifests.remove());

const site = (overlay: string = 'kubernetes'): KubeObject[] => sites.get(overlay) ?? [];
const hub = (overlay: string = 'kubernetes'): KubeObject[] => hubs.get(overlay) ?? [];
const workload = (objects: readonly KubeObject[], name: string): Workload =>
  theOne<Workload>(
    objects.filter(({ apiVersion }) => apiVersion !== 'v1'),
    name === 'inference' ? 'Service' : 'Deployment',
    name,
  );
const variable = (objects: readonly KubeObject[], process: string, name: string): EnvVariable => {
  const found = containerOf(workload(objects, process)).env.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${process} is not given ${name}`);
  return found;
};

describe.each([
  ...SITE_PLATFORMS.map((overlay) => ({
    where: `a hospital, ${overlay}`,
    objects: () => site(overlay),
    beside: () => infrastructure.get(`edge/${overlay}`) ?? [],
    name: 'st-agnes',
  })),
  ...HUB_PLATFORMS.map((overlay) => ({
    where: `the hub, ${overlay}`,
    objects: () => hub(overlay),
    beside: () => infrastructure.get(`hub/${overlay}`) ?? [],
    name: null,
  })),
])('$where', ({ objects, beside, name }) => {
  it('gives every process the environment that its code asks for, and nothing that it does not know', () => {
    expect(environmentProblems(objects(), facts, samples)).toEqual([]);
  });
  it('has something that makes each secret, with the keys that are read', () => {
    expect(secretProblems([...objects(), ...beside()], [])).toEqual([]);
  });
  it('finds broker, store and buckets where gitops/infrastructure makes them', () => {
    expect(seamProblems(objects(), beside())).toEqual([]);
  });
  it('asks every process at its port and by its paths', () => {
    expect(probeProblems(objects())).toEqual([]);
  });
  it('restricts every pod, pins its image and bounds what it takes', () => {
    expect(podProblems(objects())).toEqual([]);
  });
  it('gives every process the time for its stop', () => {
    expect(stopProblems(objects())).toEqual([]);
  });
  it('is scraped under the names that the rules go by', () => {
    expect(monitorProblems(objects(), JOBS, name)).toEqual([]);
  });
  it('applies no object twice', () => {
    const names = [...objects(), ...beside()].map(
      ({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.namespace}/${metadata.name}`,
    );
    expect(names.filter((one, at) => names.indexOf(one) !== at)).toEqual([]);
  });
});

/** Flows of the policies that are not expected, and the other way round. */
function flowDifferences(objects: readonly KubeObject[], overlay: string, wanted: readonly string[]): string[] {
  const flows = allowedFlows(objects, endpointsOf(objects, platformOf(overlay)), PORTS);
  const ours = [...flows].filter((flow) =>
    OURS.some((name) => flow.startsWith(`${name} →`) || flow.includes(`→ ${name}:`)),
  );
  // what may be sent into a namespace of others is theirs to refuse
  return differences(ours, wanted, { given: 'NetworkPolicies', wanted: 'the flow in flows.ts' });
}

describe('who may speak to whom', () => {
  it.each(SITE_PLATFORMS)('in a hospital is the way of an X-ray and nothing else (%s)', (overlay) => {
    expect(flowDifferences(site(overlay), overlay, siteFlows(platformOf(overlay)))).toEqual([]);
  });

  it.each(HUB_PLATFORMS)(
    'at the hub is its broker, store, database, fleet and sign-in and nothing else (%s)',
    (overlay) => {
      expect(flowDifferences(hub(overlay), overlay, hubFlows(platformOf(overlay)))).toEqual([]);
    },
  );

  it('tells of a way out that was opened, and of one that was lost', () => {
    const flows = siteFlows(platformOf('kubernetes'));
    const opened = changed(site(), (copy) => {
      theOne<NetworkPolicy>(copy, 'NetworkPolicy', 'to-store').spec.egress?.push({
        to: [{ ipBlock: { cidr: '0.0.0.0/0' } }],
        ports: [{ port: 443 }],
      });
    });
    expect(flowDifferences(opened, 'kubernetes', flows)).toContain(
      'NetworkPolicies has more: inference → anywhere:443 (not in the flow in flows.ts)',
    );
    const lost = site().filter(({ metadata }) => metadata.name !== 'to-inference');
    expect(flowDifferences(lost, 'kubernetes', flows)).toEqual([
      'NetworkPolicies lacks: edge → gateway:8081 (the flow in flows.ts)',
      'NetworkPolicies lacks: dispatcher → gateway:8081 (the flow in flows.ts)',
    ]);
    const undenied = site().filter(({ metadata }) => metadata.name !== 'default-deny');
    expect(flowDifferences(undenied, 'kubernetes', flows)).toContain(
      'NetworkPolicies has more: another namespace → stranger:22 (not in the flow in flows.ts)',
    );
  });
});

describe('the environment', () => {
  it('tells of a variable that nothing reads, one that is missing, and one that is refused', () => {
    const wrong = changed(site(), (copy) => {
      variable(copy, 'dispatcher', 'HILUM_DISPATCHER_RETRIES').name = 'HILUM_DISPATCHER_TRIES';
      variable(copy, 'edge', 'HILUM_EDGE_STAFF_TOKEN_FILE').value = '/run/secrets/hilum/elsewhere/staff';
      variable(copy, 'inference', 'HILUM_INFERENCE_MAX_WAIT_MS').value = '20s';
    });
    expect(environmentProblems(wrong, facts, samples)).toEqual([
      'Deployment hilum/edge: HILUM_EDGE_STAFF_TOKEN_FILE: the file cannot be read (ENOENT) (edge/src/edge-settings.ts)',
      'Deployment hilum/dispatcher: HILUM_DISPATCHER_TRIES is read by nothing, edge/src/dispatcher/dispatcher-settings.ts does not know it',
      'Service hilum/inference: HILUM_INFERENCE_MAX_WAIT_MS: must be a whole number from 100 to 600000 (inference/service/src/settings.ts)',
    ]);
  });

  it('tells of what the hub could not sign anybody in with', () => {
    const wrong = changed(hub(), (copy) => {
      const { env } = containerOf(workload(copy, 'hub'));
      env.splice(
        env.findIndex(({ name }) => name === 'HILUM_HUB_OIDC_AUDIENCE'),
        1,
      );
    });
    expect(environmentProblems(wrong, facts, samples)).toEqual([
      'Deployment hilum/hub: HILUM_HUB_OIDC_AUDIENCE: is required with HILUM_HUB_OIDC_ISSUER (hub/src/hub-config.ts)',
    ]);
  });

  it('gives the sites of the store the same buckets, and every process of one hospital its name', () => {
    for (const name of ['HILUM_S3_INTAKE_BUCKET', 'HILUM_S3_KEY_ENCODING'])
      expect(
        new Set(['edge', 'dispatcher', 'inference'].map((process) => variable(site(), process, name).value)),
      ).toHaveProperty('size', 1);
    for (const process of ['edge', 'dispatcher', 'inference'])
      expect(variable(site(), process, 'HILUM_SITE_NAME').valueFrom?.configMapKeyRef).toEqual({
        name: 'hilum-site',
        key: 'site-name',
      });
  });

  it('switches off what the library of the network would send home', () => {
    for (const overlay of SITE_PLATFORMS)
      expect(valueOf(containerOf(workload(site(overlay), 'inference')), 'ORT_DISABLE_TELEMETRY')).toBe('1');
  });
});

describe('what is beside the apps', () => {
  it('tells of a bucket, a store and a broker that are elsewhere', () => {
    const wrong = changed(site(), (copy) => {
      variable(copy, 'edge', 'HILUM_S3_RESULTS_BUCKET').value = 'results';
      variable(copy, 'dispatcher', 'HILUM_KAFKA_BROKERS').value = 'hilum-kafka-bootstrap.hilum-kafka.svc:9092';
    });
    expect(seamProblems(wrong, infrastructure.get('edge/kubernetes') ?? [])).toEqual([
      'Deployment hilum/edge: HILUM_S3_RESULTS_BUCKET is results, but gitops/infrastructure makes hilum-backup, xray-intake, xray-results',
      'Deployment hilum/dispatcher: HILUM_KAFKA_BROKERS is hilum-kafka-bootstrap.hilum-kafka.svc:9092, but gitops/infrastructure makes hilum-kafka-bootstrap.hilum-kafka.svc:9093',
    ]);
  });
});

describe('secrets', () => {
  it('tells of one that nothing makes, of a key that it has not, and of one that may not be copied', () => {
    const wrong = changed(site(), (copy) => {
      for (const object of copy)
        if (object.kind === 'ExternalSecret' && object.metadata.name === 'edge-tokens') object.kind = 'Forgotten';
      variable(copy, 'inference', 'HILUM_SITE_KEY_FILE').value = '/run/secrets/hilum/site-key/key';
      const role = copy.find(
        (object) => object.kind === 'Role' && object.metadata.namespace === 'hilum-kafka',
      ) as KubeObject & { rules: { resourceNames: string[] }[] };
      for (const rule of role.rules) rule.resourceNames = rule.resourceNames.filter((name) => name !== 'dispatcher');
    });
    const problems = secretProblems(wrong, secretsMade(infrastructure.get('edge/kubernetes') ?? []));
    expect(problems).toContain('Deployment hilum/edge: nothing makes the secret hilum/edge-tokens');
    expect(problems).toContain(
      'Service hilum/inference: HILUM_SITE_KEY_FILE names /run/secrets/hilum/site-key/key, which no mounted secret holds',
    );
    expect(problems).toContain(
      'ExternalSecret hilum/dispatcher-kafka: the service account of kafka-users may not read dispatcher',
    );
  });
});

describe('processes', () => {
  it('tells of a port, a path and a stop that differ from the code', () => {
    const wrong = changed(site(), (copy) => {
      variable(copy, 'edge', 'HILUM_EDGE_PORT').value = '8081';
      const probe = containerOf(workload(copy, 'inference')).readinessProbe;
      if (probe !== undefined) probe.httpGet.path = '/readyz2';
      workload(copy, 'dispatcher').spec.template.spec.terminationGracePeriodSeconds = 5;
    });
    expect(probeProblems(wrong)).toEqual([
      'Deployment hilum/edge: containerPort is 8080, but HILUM_EDGE_PORT 8081',
      'Service hilum/inference: readinessProbe asks /readyz2, not /v2/health/ready',
    ]);
    expect(stopProblems(wrong)).toEqual([
      expect.stringContaining('Deployment hilum/dispatcher: is killed after 5000 ms'),
    ]);
  });

  it('tells of a pod that is not restricted, and of an image by tag', () => {
    const wrong = changed(site(), (copy) => {
      const container = containerOf(workload(copy, 'edge'));
      container.image = 'registry.example/hilum/edge:latest';
      container.securityContext.readOnlyRootFilesystem = false;
      workload(copy, 'dispatcher').spec.template.spec.automountServiceAccountToken = true;
    });
    expect(podProblems(wrong)).toEqual([
      'Deployment hilum/edge: may write into its image',
      'Deployment hilum/edge: has the image registry.example/hilum/edge:latest, not one by digest',
      'Deployment hilum/dispatcher: has a token of the Kubernetes API',
    ]);
  });

  it('tells of a process that nobody scrapes, and of a job that no rule knows', () => {
    const wrong = changed(site(), (copy) => {
      theOne<KubeObject & { spec: { endpoints: { path: string }[] } }>(
        copy,
        'ServiceMonitor',
        'edge',
      ).spec.endpoints[0]!.path = '/';
      const service = copy.find(
        ({ apiVersion, kind, metadata }) => apiVersion === 'v1' && kind === 'Service' && metadata.name === 'dispatcher',
      );
      if (service?.metadata.labels !== undefined) service.metadata.labels['hilum.org/job'] = 'dispatcher';
    });
    expect(monitorProblems(wrong, JOBS, 'st-agnes')).toEqual([
      'Deployment hilum/dispatcher: no monitor scrapes it',
      'Deployment hilum/edge: is scraped at /, not /metrics',
      'undefined: a monitor finds no process',
      'undefined: is scraped as the job undefined, which no rule of hub/monitoring knows',
    ]);
  });

  it('never run twice where two would do harm', () => {
    for (const overlay of SITE_PLATFORMS)
      for (const process of ['edge', 'dispatcher']) {
        const { replicas, strategy } = workload(site(overlay), process).spec;
        expect([replicas, strategy?.rollingUpdate?.maxSurge]).toEqual([1, 0]);
      }
  });
});

describe('the broker of a hospital', () => {
  it.each(SITE_PLATFORMS)('has the topics and users that the processes need, and no more (%s)', (overlay) => {
    expect(topicProblems(site(overlay), 'site')).toEqual([]);
    expect(siteUserProblems(site(overlay), facts)).toEqual([]);
  });

  it('tells of a topic, a right and a group that differ from the code', () => {
    const wrong = changed(site(), (copy) => {
      theOne(copy, 'KafkaTopic', 'study.scored.v1').metadata.name = 'study.scored.v2';
      const acls = theOne<KafkaUser>(copy, 'KafkaUser', 'inference').spec.authorization.acls;
      acls.push({
        resource: { type: 'topic', name: 'results.deid.v1', patternType: 'literal' },
        operations: ['Write'],
      });
      for (const { resource } of theOne<KafkaUser>(copy, 'KafkaUser', 'dispatcher').spec.authorization.acls)
        if (resource.type === 'group') resource.name = 'dispatcher';
    });
    expect(topicProblems(wrong, 'site').map((problem) => problem.slice(0, 60))).toEqual([
      expect.stringContaining('lacks: study.scored.v1'),
      expect.stringContaining('has more: study.scored.v2'),
    ]);
    expect(siteUserProblems(wrong, facts)).toEqual([
      'KafkaUser dispatcher lacks: group literal edge.dispatcher Read (the sources of dispatcher and consumer-groups.ts)',
      'KafkaUser dispatcher lacks: group literal edge.dispatcher Describe (the sources of dispatcher and consumer-groups.ts)',
      'KafkaUser dispatcher has more: group literal dispatcher Read (not in the sources of dispatcher and consumer-groups.ts)',
      'KafkaUser dispatcher has more: group literal dispatcher Describe (not in the sources of dispatcher and consumer-groups.ts)',
      'KafkaUser inference has more: topic literal results.deid.v1 Write (not in the sources of inference and consumer-groups.ts)',
    ]);
  });
});

describe('the mirror', () => {
  it.each(SITE_PLATFORMS)('takes the allow-list to the hub exactly once and nothing else (%s)', (overlay) => {
    expect(mirrorProblems(site(overlay), 'st-agnes')).toEqual([]);
    expect(mirrorsOf(site(overlay)).map(({ spec }) => spec.target.bootstrapServers)).toEqual([
      ST_AGNES['hub-kafka-brokers'],
    ]);
  });

  it('tells of a topic more, a missing restart, and a hub without TLS', () => {
    const wrong = changed(site(), (copy) => {
      const { target, mirrors } = theOne<KafkaMirrorMaker2>(copy, 'KafkaMirrorMaker2', 'hilum-mirror').spec;
      delete target.tls;
      target.config['exactly.once.source.support'] = 'disabled';
      for (const way of mirrors) {
        way.topicsPattern = `${way.topicsPattern},study.scored.v1`;
        delete way.sourceConnector.autoRestart;
      }
    });
    expect(mirrorProblems(wrong, 'st-agnes')).toEqual([
      `KafkaMirrorMaker2 hilum-kafka/hilum-mirror: topicsPattern is ${HUB_BOUND_TOPICS.join(',')},study.scored.v1, not ${HUB_BOUND_TOPICS.join(',')} (packages/contracts/src/topics.ts)`,
      'KafkaMirrorMaker2 hilum-kafka/hilum-mirror: sourceConnector.autoRestart is undefined, not true (docs/production.md)',
      'KafkaMirrorMaker2 hilum-kafka/hilum-mirror: target.config exactly.once.source.support is disabled, not enabled (packages/local/src/kafka/mirror.ts)',
      'KafkaMirrorMaker2 hilum-kafka/hilum-mirror: one end is without TLS',
    ]);
  });
});

describe('the broker of the hub', () => {
  it.each(['st-agnes', 'a', 'north-clinic-2'])(
    'lets a hospital write its own topics and nothing else (%s)',
    async (name) => {
      const objects = await manifests.siteAtHub({ ...ST_AGNES, 'site-name': name });
      expect(siteAtHubProblems(objects, name)).toEqual([]);
      expect(topicProblems(objects, { hubOf: name })).toEqual([]);
    },
  );

  it('gives two hospitals nothing in common', async () => {
    const users = await Promise.all(
      ['a', 'a-mm2'].map(async (name) => {
        const objects = await manifests.siteAtHub({ ...ST_AGNES, 'site-name': name });
        return theOne<KafkaUser>(objects, 'KafkaUser', name).spec.authorization.acls.map(({ resource }) => resource);
      }),
    );
    const [one = [], other = []] = users;
    const shared = one.filter(({ type, name, patternType }) =>
      other.some(
        (theirs) =>
          theirs.type === type && (patternType === 'prefix' ? theirs.name.startsWith(name) : theirs.name === name),
      ),
    );
    expect(shared).toEqual([]);
  });

  it('lets the hub read, in groups of its own', () => {
    for (const overlay of HUB_PLATFORMS) expect(hubUserProblems(hub(overlay))).toEqual([]);
    expect(facts.groups.ledger).toMatch(/^hub\./);
  });

  it('tells of a right that a hospital should not have', async () => {
    const wrong = changed(await manifests.siteAtHub(ST_AGNES), (copy) => {
      for (const { resource } of theOne<KafkaUser>(copy, 'KafkaUser', 'st-agnes').spec.authorization.acls)
        if (resource.name === 'st-agnes-mm2') resource.patternType = 'prefix';
    });
    expect(siteAtHubProblems(wrong, 'st-agnes')).toContain(
      'KafkaUser hilum-kafka/st-agnes has more: group prefix st-agnes-mm2 Read (not in packages/local/src/kafka/access-rules.ts)',
    );
  });
});

describe('delivery', () => {
  const withKafkaSource = (overlay: string): Promise<KubeObject[]> => manifests.site(overlay, ST_AGNES, [KAFKA_SOURCE]);

  it.each(SITE_PLATFORMS)('is the dispatcher or a KafkaSource, never both (%s)', async (overlay) => {
    expect(deliveryForms(site(overlay))).toEqual(['Deployment hilum/dispatcher']);
    const objects = await withKafkaSource(overlay);
    expect(deliveryForms(objects)).toEqual(['KafkaSource hilum/dispatcher']);
    expect(kafkaSourceProblems(objects, facts)).toEqual([]);
    expect(secretProblems(objects, secretsMade(infrastructure.get(`edge/${overlay}`) ?? []))).toEqual([]);
    expect(scoringLimitProblems(objects, facts)).toEqual([]);
  });

  it.each(SITE_PLATFORMS)('has limits of time and number that fit into one another (%s)', (overlay) => {
    expect(scoringLimitProblems(site(overlay), facts)).toEqual([]);
  });

  it('tells of numbers of a KafkaSource that differ from those of the code', async () => {
    const wrong = changed(await withKafkaSource('kubernetes'), (copy) => {
      const { spec } = theOne<KafkaSource>(copy, 'KafkaSource', 'dispatcher');
      Object.assign(spec, { topics: ['xray.uploads.v2'], consumerGroup: 'knative' });
      Object.assign(spec.delivery, { retry: 3, timeout: 'PT30S' });
    });
    expect(kafkaSourceProblems(wrong, facts)).toEqual([
      'KafkaSource hilum/dispatcher: topics is xray.uploads.v2, not xray.uploads.v1 (packages/contracts/src/topics.ts)',
      'KafkaSource hilum/dispatcher: consumerGroup is knative, not edge.dispatcher (edge/src/consumer-groups.ts)',
      'KafkaSource hilum/dispatcher: delivery.retry is 3, not 5 (HILUM_DISPATCHER_RETRIES in edge/src/dispatcher/dispatcher-settings.ts)',
      'KafkaSource hilum/dispatcher: delivery.timeout is PT30S, not PT60S (DELIVERY_TIMEOUT_MS in edge/src/dispatcher/dispatcher-settings.ts)',
    ]);
  });

  it('tells of limits that do not fit', () => {
    const wrong = changed(site(), (copy) => {
      const { spec } = workload(copy, 'inference').spec.template;
      Object.assign(spec, { timeoutSeconds: 60, containerConcurrency: 2 });
      variable(copy, 'inference', 'HILUM_INFERENCE_MAX_WAIT_MS').value = '24500';
      variable(copy, 'dispatcher', 'HILUM_DISPATCHER_CONCURRENCY').value = '16';
    });
    expect(
      scoringLimitProblems(wrong, facts).map(
        (problem) => problem.replace('Service hilum/inference: ', '').split(',')[0],
      ),
    ).toEqual([
      'containerConcurrency is 2',
      'waiting (24500 ms) and work (35000 ms and a second) last beyond DELIVERY_TIMEOUT_MS',
      'timeoutSeconds is 60',
      'HILUM_DISPATCHER_CONCURRENCY is 16',
    ]);
  });
});

describe('what differs from hospital to hospital', () => {
  it.each(SITE_PLATFORMS)('is put everywhere (%s)', (overlay) => {
    const text = JSON.stringify(site(overlay));
    for (const placeholder of ['site-name"', 'hub.example:', 'site.example']) {
      // the keys of the ConfigMap itself
      const left = text.replaceAll('"site-name":"st-agnes"', '').replaceAll('"key":"site-name"', '');
      expect(left).not.toContain(placeholder === 'site-name"' ? '"site-name"' : placeholder);
    }
    expect(ofKind(site(overlay), 'ConfigMap').map(({ metadata }) => metadata.name)).toEqual(['hilum-site']);
  });
});
