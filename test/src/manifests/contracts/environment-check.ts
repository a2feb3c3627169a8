import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigError } from '@hilum/runtime';
import type { CodeFacts } from './code-facts.js';
import { nameOf, ofKind, type KubeObject } from './kube-object.js';
import { containerOf, workloadsOf, type Container, type ProcessName, type Workload } from './workload.js';

/** Read by the platform or the libraries of a process, not by its own configuration. */
const OTHER_VARIABLES: ReadonlySet<string> = new Set([
  'MALLOC_ARENA_MAX',
  'NODE_EXTRA_CA_CERTS',
  'ORT_DISABLE_TELEMETRY',
  'PGSSLMODE',
]);

interface ConfigMap extends KubeObject {
  data: Record<string, string>;
}

/** A value for what a secret holds, by the last part of its mounted path. */
export type SampleSecrets = Readonly<Record<string, string>>;

/**
 * Gives every process the environment of its manifest, mounted secrets as files with samples in them, and lets its own
 * code judge: what it does not know, what it lacks, what it refuses.
 */
export function environmentProblems(
  objects: readonly KubeObject[],
  { configs }: Pick<CodeFacts, 'configs'>,
  samples: SampleSecrets,
): string[] {
  return workloadsOf(objects).flatMap((workload) => {
    const config = configs[workload.metadata.name as ProcessName];
    const container = containerOf(workload);
    const known = new Set(Object.values(config.settings).flatMap(({ env }) => [env, `${env}_FILE`]));
    const where = nameOf(workload);
    const unknown = container.env
      .filter(({ name }) => !known.has(name) && !OTHER_VARIABLES.has(name))
      .map(({ name }) => `${where}: ${name} is read by nothing, ${config.file} does not know it`);
    const folder = mkdtempSync(join(tmpdir(), 'hilum-mounts-'));
    try {
      const env = environmentOf(workload, objects, folder, samples);
      config.read(env);
      return unknown;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return [...unknown, ...error.problems.map((problem) => `${where}: ${problem} (${config.file})`)];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** The environment that a manifest gives, with files of samples below the folder where it names mounted secrets. */
export function environmentOf(
  workload: Workload,
  objects: readonly KubeObject[],
  folder: string,
  samples: SampleSecrets,
): Record<string, string> {
  // as in every pod
  const env: Record<string, string> = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };
  const container = containerOf(workload);
  for (const { name, value, valueFrom } of container.env) {
    const reference = valueFrom?.configMapKeyRef;
    const text = value ?? (reference === undefined ? undefined : valueIn(objects, reference));
    if (text === undefined) continue;
    env[name] = name.startsWith('HILUM_') && name.endsWith('_FILE') ? mounted(container, text, folder, samples) : text;
  }
  return env;
}

function valueIn(objects: readonly KubeObject[], { name, key }: { name: string; key: string }): string | undefined {
  return ofKind<ConfigMap>(objects, 'ConfigMap').find(({ metadata }) => metadata.name === name)?.data[key];
}

/** Where the file would be if the container mounted it: one that no mount holds is not there for the process either. */
function mounted(container: Container, path: string, folder: string, samples: SampleSecrets): string {
  const file = join(folder, path);
  const isMounted = (container.volumeMounts ?? []).some(({ mountPath }) => dirname(path) === mountPath);
  const sample = samples[path.split('/').at(-1) ?? ''];
  if (isMounted && sample !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, sample);
  }
  return file;
}
