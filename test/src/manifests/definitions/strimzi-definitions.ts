import { readFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { missingPrerequisites, prerequisites, runTool } from '@hilum/local';
import { repositoryRoot } from '../../support/repository.js';
import type { StrimziApi } from '../render/platforms.js';
import { sha256Of } from './file-sum.js';
import { javaFor } from './java.js';

const SOURCE = join(repositoryRoot, 'test/manifests/strimzi');

/** What decides what is made. */
export const STRIMZI_SOURCES = ['pom.xml', 'jars.sha256', 'requirements.txt'].map((name) => join(SOURCE, name));

/** The classes that have a definition. */
const KINDS = [
  'bridge.KafkaBridge',
  'connect.KafkaConnect',
  'connector.KafkaConnector',
  'kafka.Kafka',
  'mirrormaker2.KafkaMirrorMaker2',
  'nodepool.KafkaNodePool',
  'rebalance.KafkaRebalance',
  'topic.KafkaTopic',
  'user.KafkaUser',
] as const;

/** Its generator is for this Java or a newer one. */
const LEAST_JAVA = 21;

/** The property of the pom that says whose classes have which version of the API. */
const VERSION_OF = { v1: 'strimzi.version', v1beta2: 'strimzi.v1beta2.version' } as const;

/**
 * Makes the definitions of Strimzi's resources by its own generator, as its build does: no package ships them.
 * @throws Error when a jar is not the one whose checksum is written down, or something is missing, with how to get it
 */
export async function writeStrimziDefinitions(
  folder: string,
  strimziApi: StrimziApi,
  signal: AbortSignal,
): Promise<void> {
  const missing = await missingPrerequisites(prerequisites.filter(({ name }) => name === 'Maven'));
  if (missing.length > 0) throw new Error(missing.join('\n'));
  const jars = join(folder, 'jars');
  mkdirSync(jars, { recursive: true });
  const version = strimziVersion(strimziApi);
  const copied = ['dependency:copy-dependencies', `-DoutputDirectory=${jars}`, `-Dstrimzi.api.version=${version}`];
  await runTool({ command: 'mvn', args: ['-B', '-q', '-f', join(SOURCE, 'pom.xml'), ...copied], cwd: jars, signal });
  const names = [`api-${version}.jar`, `crd-generator-${strimziVersion()}.jar`];
  await verifyJars(jars, names);
  const java = await javaFor(LEAST_JAVA, join(SOURCE, 'requirements.txt'), join(folder, 'java'), signal);
  const outputs = KINDS.map((name) => `io.strimzi.api.kafka.model.${name}=${join(folder, `${name}.yaml`)}`);
  await runTool({
    command: java,
    args: [
      '-cp',
      names.map((name) => join(jars, name)).join(':'),
      'io.strimzi.crdgenerator.CrdGenerator',
      '--target-kube',
      '1.30+',
      '--yaml',
      ...outputs,
    ],
    cwd: folder,
    signal,
  });
}

/** The version that the definitions are made of. */
export function strimziVersion(strimziApi: StrimziApi = 'v1'): string {
  const property = VERSION_OF[strimziApi];
  const pom = readFileSync(join(SOURCE, 'pom.xml'), 'utf8');
  const version = new RegExp(`<${property.replaceAll('.', '\\.')}>([^<]+)<`).exec(pom)?.[1];
  if (version === undefined) throw new Error(`test/manifests/strimzi/pom.xml names no ${property}`);
  return version;
}

async function verifyJars(folder: string, names: readonly string[]): Promise<void> {
  const sums = readFileSync(join(SOURCE, 'jars.sha256'), 'utf8');
  for (const name of names) {
    const sum = await sha256Of(join(folder, name));
    if (!sums.includes(`${sum}  ${name}\n`))
      throw new Error(`${name} is not what test/manifests/strimzi/jars.sha256 lists`);
  }
}
