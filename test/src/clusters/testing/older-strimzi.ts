import { parseAllDocuments, stringify } from 'yaml';
import { until } from '../../support/until.js';
import { establish } from '../harness/control-plane.js';
import type { StrimziApi } from '../../manifests/render/platforms.js';
import { kinds } from '../harness/kinds.js';
import type { KubeClient, KubeKind, Manifest } from '../harness/kube-client.js';
import { nameOfDefinition, partDefinitions } from './part-definitions.js';

/** The kinds that policies read. */
const KINDS = ['Kafka', 'KafkaMirrorMaker2', 'KafkaUser'] as const;
const GROUP = 'kafka.strimzi.io';

/**
 * Makes a cluster serve Strimzi's kinds by one version of their API alone, as an operator of that version has it do. What
 * there was of these kinds is gone then.
 */
export async function serveStrimzi(admin: KubeClient, version: StrimziApi): Promise<void> {
  const wanted = KINDS.map((kind): KubeKind => ({ apiVersion: `${GROUP}/${version}`, kind }));
  const definitions = await partDefinitions(wanted, version);
  if (definitions.length !== KINDS.length)
    throw new Error(`there are ${definitions.length} definitions of Strimzi's, not ${KINDS.length}`);
  for (const definition of definitions) {
    const name = nameOfDefinition(definition);
    await admin.remove(kinds.definition, name);
    await until(`${name} is gone`, async () => (await admin.find(kinds.definition, name)) === null);
  }
  await establish(admin, definitions);
}

/** What a case says, in the older form. */
export function inOlderForm(text: string): string {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest)
    .map((object) => (object.apiVersion === `${GROUP}/v1` ? olderForm(object) : object))
    .map((object) => stringify(object))
    .join('---\n');
}

function olderForm(object: Manifest): Manifest {
  const changed: Manifest = { ...object, apiVersion: `${GROUP}/v1beta2` };
  if (object.kind === 'KafkaMirrorMaker2') changed['spec'] = olderMirror(object['spec'] as NewerMirror);
  if (object.kind === 'KafkaUser') changed['spec'] = olderUser(object['spec'] as User);
  return changed;
}

interface Cluster {
  alias: string;
  bootstrapServers: string;
}

interface NewerMirror {
  replicas: number;
  target: Cluster;
  mirrors: ({ source: Cluster } & Record<string, unknown>)[];
}

function olderMirror({ replicas, target, mirrors }: NewerMirror): object {
  const plain = ({ alias, bootstrapServers }: Cluster): Cluster => ({ alias, bootstrapServers });
  return {
    replicas,
    connectCluster: target.alias,
    clusters: [plain(target), ...mirrors.map(({ source }) => plain(source))],
    mirrors: mirrors.map(({ source, ...way }) => ({
      ...way,
      sourceCluster: source.alias,
      targetCluster: target.alias,
    })),
  };
}

interface User {
  authorization?: { acls?: { operations?: string[] }[] };
}

/** One operation was a field of its own once, and may still be. */
function olderUser({ authorization, ...spec }: User): object {
  const acls = authorization?.acls?.map(({ operations, ...acl }) =>
    operations?.length === 1 ? { ...acl, operation: operations[0] } : { ...acl, operations },
  );
  return authorization === undefined ? spec : { ...spec, authorization: { ...authorization, acls } };
}
