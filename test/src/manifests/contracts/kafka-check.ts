import { HUB_BOUND_TOPICS, siteTopics } from '@hilum/contracts';
import { hubTopicPlan, mirrorProperties, siteAccessRules, siteTopicPlan, hubServiceAccessRules } from '@hilum/local';
import kafkajs, { type AclEntry } from 'kafkajs';
import { topicUsesOf, type CodeFacts } from './code-facts.js';
import { nameOf, ofKind, theOne, type KubeObject } from './kube-object.js';

interface KafkaTopic extends KubeObject {
  spec: { partitions: number; config: Record<string, number> };
}

export interface KafkaUser extends KubeObject {
  spec: {
    authentication: { type: string };
    authorization: {
      acls: { resource: { type: string; name: string; patternType: string }; operations: string[] }[];
    };
  };
}

export interface KafkaMirrorMaker2 extends KubeObject {
  spec: {
    target: {
      alias: string;
      bootstrapServers: string;
      groupId: string;
      configStorageTopic: string;
      offsetStorageTopic: string;
      statusStorageTopic: string;
      tls?: object;
      authentication?: { type: string };
      config: Record<string, unknown>;
    };
    mirrors: {
      source: { alias: string; bootstrapServers: string; tls?: object; authentication?: { type: string } };
      topicsPattern: string;
      groupsPattern?: string;
      sourceConnector: { tasksMax: number; autoRestart?: { enabled: boolean }; config: Record<string, unknown> };
      checkpointConnector?: object;
    }[];
  };
}

type TopicPlan = { name: string; partitions: number; config?: Readonly<Record<string, string>> }[];

/** Topics with their partitions and settings are those that one machine makes. */
export function topicProblems(objects: readonly KubeObject[], plan: 'site' | { hubOf: string }): string[] {
  const wanted: TopicPlan = plan === 'site' ? siteTopicPlan() : hubTopicPlan(plan.hubOf);
  const text = (name: string, partitions: number, config: object): string =>
    `${name}, ${partitions} partition(s), ${JSON.stringify(config)}`;
  const given = ofKind<KafkaTopic>(objects, 'KafkaTopic').map(({ metadata, spec }) =>
    text(metadata.name, spec.partitions, stringsOf(spec.config)),
  );
  const planned = wanted.map(({ name, partitions, config = {} }) => text(name, partitions, config));
  return differences(given, planned, {
    given: 'KafkaTopic of gitops/apps',
    wanted: 'packages/local/src/kafka/topic-plan.ts',
  });
}

function stringsOf(config: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, String(value)]));
}

/** A hospital's rights at the hub: those of one machine, but for the one name that Strimzi gives and MirrorMaker alone does not. */
export function siteAtHubProblems(objects: readonly KubeObject[], site: string): string[] {
  const rules = siteAccessRules(site).map((rule) => ({
    ...rule,
    // Strimzi's Connect names its connector `<source>-><target>.MirrorSourceConnector`
    resourceName: rule.resourceName.replace(
      `${site}-mm2-MirrorSourceConnector-0`,
      `${site}-mm2-${site}->hub.MirrorSourceConnector-0`,
    ),
  }));
  return aclProblems(theOne<KafkaUser>(objects, 'KafkaUser', site), rules.map(aclText));
}

export function hubUserProblems(objects: readonly KubeObject[]): string[] {
  return aclProblems(theOne<KafkaUser>(objects, 'KafkaUser', 'hub'), hubServiceAccessRules().map(aclText));
}

function aclProblems(user: KafkaUser, wanted: readonly string[]): string[] {
  return differences(aclsOf(user), wanted, { given: nameOf(user), wanted: 'packages/local/src/kafka/access-rules.ts' });
}

/** `topic literal heartbeat.v1 Read` for every operation that a user is granted. */
export function aclsOf({ spec }: KafkaUser): string[] {
  return spec.authorization.acls.flatMap(({ resource: { type, name, patternType }, operations }) =>
    operations.map((operation) => `${type} ${patternType} ${name} ${operation}`),
  );
}

function aclText({ resourceType, resourcePatternType, resourceName, operation }: AclEntry): string {
  const { AclResourceTypes: type, ResourcePatternTypes: pattern, AclOperationTypes: operations } = kafkajs;
  const types: Record<number, string> = {
    [type.TOPIC]: 'topic',
    [type.GROUP]: 'group',
    [type.TRANSACTIONAL_ID]: 'transactionalId',
  };
  const name = Object.entries(operations).find(([, value]) => value === operation)?.[0] ?? '';
  const words = name.split('_').map((word) => word.charAt(0) + word.slice(1).toLowerCase());
  const form = resourcePatternType === pattern.PREFIXED ? 'prefix' : 'literal';
  return `${types[resourceType]} ${form} ${resourceName} ${words.join('')}`;
}

const OPERATIONS = { read: ['Read', 'Describe'], write: ['Write', 'Describe'] } as const;

/** What each service's sources do with topics and groups is what its user may, and nothing besides. */
export function siteUserProblems(objects: readonly KubeObject[], { groups }: Pick<CodeFacts, 'groups'>): string[] {
  const groupAcls = {
    edge: [
      ...OPERATIONS.read.map((operation) => `group literal ${groups.results} ${operation}`),
      ...[...OPERATIONS.read, 'Delete'].map((operation) => `group prefix ${groups.deadLetters}. ${operation}`),
    ],
    dispatcher: OPERATIONS.read.map((operation) => `group literal ${groups.dispatcher} ${operation}`),
    inference: [],
  } as const;
  const services = (['edge', 'dispatcher', 'inference'] as const).flatMap((service) => {
    const uses = topicUsesOf(service, { byName: siteTopics, hubBound: HUB_BOUND_TOPICS });
    const wanted = [...uses].flatMap((use) => {
      const [kind = '', topic = ''] = use.split(' ');
      return OPERATIONS[kind as 'read' | 'write'].map((operation) => `topic literal ${topic} ${operation}`);
    });
    return differences(aclsOf(theOne<KafkaUser>(objects, 'KafkaUser', service)), [...wanted, ...groupAcls[service]], {
      given: `KafkaUser ${service}`,
      wanted: `the sources of ${service} and consumer-groups.ts`,
    });
  });
  const mirror = HUB_BOUND_TOPICS.flatMap((topic) =>
    [...OPERATIONS.read, 'DescribeConfigs'].map((operation) => `topic literal ${topic} ${operation}`),
  );
  const store = OPERATIONS.write.map((operation) => `topic literal ${siteTopics.uploads} ${operation}`);
  const wanted = 'packages/contracts/src/topics.ts';
  return [
    ...services,
    ...differences(aclsOf(theOne<KafkaUser>(objects, 'KafkaUser', 'mirror')), mirror, {
      given: 'KafkaUser mirror',
      wanted,
    }),
    ...differences(aclsOf(theOne<KafkaUser>(objects, 'KafkaUser', 'store')), store, {
      given: 'KafkaUser store',
      wanted,
    }),
  ];
}

/** A mirror as `kafka.strimzi.io/v1beta2` has it. */
interface OlderMirror extends KubeObject {
  spec: Omit<KafkaMirrorMaker2['spec'], 'target' | 'mirrors'> & {
    connectCluster: string;
    clusters: Pick<
      KafkaMirrorMaker2['spec']['target'],
      'alias' | 'bootstrapServers' | 'tls' | 'authentication' | 'config'
    >[];
    mirrors: (Omit<KafkaMirrorMaker2['spec']['mirrors'][number], 'source'> & {
      sourceCluster: string;
      targetCluster: string;
    })[];
  };
}

/**
 * The mirrors among some objects, those of the older API in the form of the newer.
 * @throws Error naming an alias that no cluster has
 */
export function mirrorsOf(objects: readonly KubeObject[]): KafkaMirrorMaker2[] {
  return ofKind<KafkaMirrorMaker2 | OlderMirror>(objects, 'KafkaMirrorMaker2').map((mirror) =>
    'clusters' in mirror.spec ? newerForm(mirror as OlderMirror) : (mirror as KafkaMirrorMaker2),
  );
}

function newerForm({ spec, ...object }: OlderMirror): KafkaMirrorMaker2 {
  const cluster = (alias: string): OlderMirror['spec']['clusters'][number] => {
    const found = spec.clusters.find((one) => one.alias === alias);
    if (found === undefined) throw new Error(`${nameOf(object)}: no cluster has the alias ${alias}`);
    return found;
  };
  const target = cluster(spec.connectCluster);
  const setting = (name: string): string => String(target.config[name]);
  return {
    ...object,
    spec: {
      target: {
        ...target,
        groupId: setting('group.id'),
        configStorageTopic: setting('config.storage.topic'),
        offsetStorageTopic: setting('offset.storage.topic'),
        statusStorageTopic: setting('status.storage.topic'),
      },
      mirrors: spec.mirrors.map(({ sourceCluster, targetCluster, ...way }) => {
        if (targetCluster !== spec.connectCluster)
          throw new Error(`${nameOf(object)}: mirrors to ${targetCluster}, but runs at ${spec.connectCluster}`);
        return { ...way, source: cluster(sourceCluster) };
      }),
    },
  };
}

/** The mirror takes the allow-list and nothing else, signs in at both ends, and writes as one machine's mirror does. */
export function mirrorProblems(objects: readonly KubeObject[], site: string): string[] {
  const [mirror, ...others] = mirrorsOf(objects);
  if (mirror === undefined || others.length > 0) return ['there is not one KafkaMirrorMaker2'];
  const { target, mirrors } = mirror.spec;
  const [way, ...ways] = mirrors;
  if (way === undefined || ways.length > 0) return [`${nameOf(mirror)}: mirrors more than one way`];
  const local = mirrorProperties({
    site,
    siteBroker: way.source.bootstrapServers,
    hubBroker: target.bootstrapServers,
    identity: { ca: '', cert: '', key: '', keyStore: '' },
  });
  const source = 'packages/local/src/kafka/mirror.ts';
  const same: [string, unknown, unknown, string][] = [
    ['topicsPattern', way.topicsPattern, HUB_BOUND_TOPICS.join(','), 'packages/contracts/src/topics.ts'],
    ['source.alias', way.source.alias, site, 'the site name, which the mirrored topics must begin with'],
    ['target.groupId', target.groupId, `${site}-mm2`, 'packages/local/src/kafka/access-rules.ts'],
    ...(['config', 'offset', 'status'] as const).map((kind): [string, unknown, unknown, string] => [
      `target.${kind}StorageTopic`,
      target[`${kind}StorageTopic`],
      `mm2-${kind === 'status' ? kind : `${kind}s`}.${site}.internal`,
      'packages/local/src/kafka/access-rules.ts',
    ]),
    ['sourceConnector.tasksMax', way.sourceConnector.tasksMax, local['tasks.max'], source],
    ['sourceConnector.autoRestart', way.sourceConnector.autoRestart?.enabled, true, 'docs/production.md'],
    ...['exactly.once.source.support', 'offset.flush.interval.ms', 'reconnect.backoff.max.ms'].map(
      (key): [string, unknown, unknown, string] => [
        `target.config ${key}`,
        target.config[key],
        local[`hub.${key}`],
        source,
      ],
    ),
    ...['sync.topic.configs.enabled', 'sync.topic.acls.enabled'].map((key): [string, unknown, unknown, string] => [
      `sourceConnector.config ${key}`,
      way.sourceConnector.config[key],
      local[`${site}->hub.${key}`],
      source,
    ]),
    ['target.authentication', target.authentication?.type, 'tls', 'mutual TLS towards the hub'],
    ['source.authentication', way.source.authentication?.type, 'tls', 'mutual TLS inside the hospital'],
  ];
  const problems = same
    .filter(([, given, wanted]) => given !== wanted)
    .map(
      ([field, given, wanted, from]) =>
        `${nameOf(mirror)}: ${field} is ${String(given)}, not ${String(wanted)} (${from})`,
    );
  if (target.tls === undefined || way.source.tls === undefined)
    problems.push(`${nameOf(mirror)}: one end is without TLS`);
  if (way.checkpointConnector !== undefined || way.groupsPattern !== undefined)
    problems.push(`${nameOf(mirror)}: carries consumer groups to the hub, which no promise needs`);
  return problems;
}

/** What is here and not there, and the other way round. */
export function differences(
  given: readonly string[],
  wanted: readonly string[],
  names: { given: string; wanted: string },
): string[] {
  const [has, needs] = [new Set(given), new Set(wanted)];
  return [
    ...[...needs].filter((one) => !has.has(one)).map((one) => `${names.given} lacks: ${one} (${names.wanted})`),
    ...[...has]
      .filter((one) => !needs.has(one))
      .map((one) => `${names.given} has more: ${one} (not in ${names.wanted})`),
  ];
}
