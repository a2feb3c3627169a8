import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '@hilum/local';
import { parseAllDocuments } from 'yaml';
import { customResourceDefinitions } from '../../manifests/definitions/definitions.js';
import { manifestPrograms } from '../../manifests/programs/manifest-programs.js';
import type { StrimziApi } from '../../manifests/render/platforms.js';
import { readVersions } from '../../manifests/versions/versions.js';
import type { KubeKind, Manifest } from '../harness/kube-client.js';

/**
 * The definitions of the parts' own kinds among these, as JSON, of the versions in `gitops/versions.yaml`: on real
 * clusters the operators bring them. Other kinds are passed over.
 */
export async function partDefinitions(wanted: readonly KubeKind[], strimziApi: StrimziApi = 'v1'): Promise<string[]> {
  const { signal } = new AbortController();
  const programs = await manifestPrograms(cacheDir(), () => undefined, signal);
  const folder = await customResourceDefinitions(
    { versions: readVersions(), strimziApi, programs, cacheDir: cacheDir() },
    () => undefined,
    signal,
  );
  const paths = wanted.map(({ apiVersion, kind }) => join(folder, apiVersion.split('/')[0] ?? '', `${kind}.json`));
  return [...new Set(paths)].filter((path) => existsSync(path)).map((path) => lean(readFileSync(path, 'utf8')));
}

/** Of a definition as {@link partDefinitions} has it. */
export function nameOfDefinition(definition: string): string {
  return (JSON.parse(definition) as Manifest).metadata.name;
}

/** The kinds that YAML files have objects of, without cases, and without Argo CD's and OCM's, which the harness itself installs. */
export function kindsIn(files: Record<string, string>): KubeKind[] {
  return Object.entries(files)
    .filter(([path]) => path.endsWith('.yaml') && !/\/cases(-[a-z]+)?\//.test(path))
    .flatMap(([, text]) => parseAllDocuments(text).map((document) => (document.toJS() ?? {}) as Partial<KubeKind>))
    .filter((object): object is KubeKind => typeof object.apiVersion === 'string' && typeof object.kind === 'string')
    .filter(({ apiVersion }) => !/^argoproj\.io\/|\.open-cluster-management\.io\//.test(apiVersion));
}

/**
 * Without a conversion, since the operator that would convert does not run, and without the words that explain fields: each
 * API server puts a description of all kinds together anew for each definition, and they are two thirds of it.
 */
function lean(definition: string): string {
  const isWords = (key: string, value: unknown): boolean => key === 'description' && typeof value === 'string';
  const parsed = JSON.parse(definition, (key, value: unknown) => (isWords(key, value) ? undefined : value)) as {
    spec: { conversion?: object };
  };
  delete parsed.spec.conversion;
  return JSON.stringify(parsed);
}
