import { readFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { missingPrerequisites, prerequisites, runTool } from '@hilum/local';
import { repositoryRoot } from '../../support/repository.js';
import { sha256Of } from './file-sum.js';
import { javaFor } from './java.js';

const SOURCE = join(repositoryRoot, 'test/manifests/strimzi');
const JARS = ['api', 'crd-generator'] as const;

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

/**
 * Makes the definitions of Strimzi's resources by its own generator, as its build does: no package ships them.
 * @throws Error when a jar is not the one whose checksum is written down, or something is missing, with how to get it
 */
export async function writeStrimziDefinitions(folder: string, signal: AbortSignal): Promise<void> {
  const missing = await missingPrerequisites(prerequisites.filter(({ name }) => name === 'Maven'));
  if (missing.length > 0) throw new Error(missing.join('\n'));
  const jars = join(folder, 'jars');
  mkdirSync(jars, { recursive: true });
  const args = ['-B', '-q', '-f', join(SOURCE, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`];
  await runTool({ command: 'mvn', args, cwd: jars, signal });
  const names = await verifiedJars(jars);
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
export function strimziVersion(): string {
  const version = /<strimzi\.version>([^<]+)</.exec(readFileSync(join(SOURCE, 'pom.xml'), 'utf8'))?.[1];
  if (version === undefined) throw new Error('test/manifests/strimzi/pom.xml names no strimzi.version');
  return version;
}

async function verifiedJars(folder: string): Promise<string[]> {
  const sums = readFileSync(join(SOURCE, 'jars.sha256'), 'utf8');
  const names = JARS.map((jar) => `${jar}-${strimziVersion()}.jar`);
  for (const name of names) {
    const sum = await sha256Of(join(folder, name));
    if (!sums.includes(`${sum}  ${name}\n`))
      throw new Error(`${name} is not what test/manifests/strimzi/jars.sha256 lists`);
  }
  return names;
}
