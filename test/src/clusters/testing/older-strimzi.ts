import { parseAllDocuments, stringify } from 'yaml';
import { until } from '../../support/until.js';
import { establish } from '../harness/control-plane.js';
import type { KubeClient, KubeKind, Manifest } from '../harness/kube-client.js';
import { partDefinitions } from './part-definitions.js';

/** The kinds that policies read. */
const KINDS = ['Kafka', 'KafkaMirrorMaker2', 'KafkaUser'] as const;
const GROUP = 'kafka.strimzi.io';

interface Definition extends Manifest {
  spec: { versions: { name: string; served: boolean; storage: boolean }[] };
}

/** Lets a cluster serve Strimzi's kinds by the older version of their API alone, as a Streams does that knows no other. */
export async function serveOlderStrimzi(admin: KubeClient): Promise<void> {
  const [newer, older] = [await definitionsOf('v1'), await definitionsOf('v1beta2')];
  const both = older.map((definition) => {
    const known = newer.find(({ metadata }) => metadata.name === definition.metadata.name);
    if (known === undefined) throw new Error(`${definition.metadata.name} has no newer version`);
    // what is stored stays readable: a version that objects were stored in cannot be taken away
    const versions = [
      ...known.spec.versions.map((version) => ({ ...version, served: false })),
      ...definition.spec.versions.flatMap((version) =>
        version.name === 'v1beta2' ? [{ ...version, storage: false }] : [],
      ),
    ];
    return { ...known, spec: { ...known.spec, versions } };
  });
  await establish(
    admin,
    both.map((definition) => JSON.stringify(definition)),
  );
  await untilUnknown(admin, 'v1');
}

/** As it was before {@link serveOlderStrimzi}. */
export async function serveNewerStrimzi(admin: KubeClient): Promise<void> {
  await establish(
    admin,
    (await definitionsOf('v1')).map((definition) => JSON.stringify(definition)),
  );
  await untilUnknown(admin, 'v1beta2');
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

async function definitionsOf(version: 'v1' | 'v1beta2'): Promise<Definition[]> {
  const wanted = KINDS.map((kind): KubeKind => ({ apiVersion: `${GROUP}/${version}`, kind }));
  const found = await partDefinitions(wanted, version);
  if (found.length !== KINDS.length) throw new Error(`there are ${found.length} definitions, not ${KINDS.length}`);
  return found.map((definition) => JSON.parse(definition) as Definition);
}

async function untilUnknown(admin: KubeClient, version: string): Promise<void> {
  for (const kind of KINDS)
    await until(
      `${kind} of ${version} is served no more`,
      async () => !(await admin.serves({ apiVersion: `${GROUP}/${version}`, kind })),
    );
}
