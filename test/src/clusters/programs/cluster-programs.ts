import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cachedPart, missingPrerequisites, prerequisites, runTool, type ReportProgress } from '@hilum/local';
import { programPath } from '@hilum/runtime/testing';
import { repositoryRoot } from '../../support/repository.js';

/** The Go module whose go.mod says which versions there are; its go.sum holds them to their checksums. */
const MODULE = join(repositoryRoot, 'test/clusters/tools');

/** What each `tool` of go.mod is called here; the OCM ones hold both the hub's controllers and the hospital's agents. */
export const PROGRAMS = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'ocm-registration': 'open-cluster-management.io/ocm/cmd/registration',
  'ocm-work': 'open-cluster-management.io/ocm/cmd/work',
  'ocm-placement': 'open-cluster-management.io/ocm/cmd/placement',
  'ocm-addon': 'open-cluster-management.io/ocm/cmd/addon',
  'governance-policy-propagator': 'open-cluster-management.io/governance-policy-propagator',
  'config-policy-controller': 'open-cluster-management.io/config-policy-controller',
  argocd: 'github.com/argoproj/argo-cd/v3/cmd',
} as const;

export type ProgramName = keyof typeof PROGRAMS;

/**
 * The custom resource definitions, as the modules ship them. Those of add-ons come from OCM's API module: the ones beside
 * OCM's controllers are templates of its operator.
 */
const DEFINITIONS = {
  'ocm-hub': [
    { module: 'open-cluster-management.io/ocm', folder: 'manifests/cluster-manager/hub/crds', files: /\.crd\.yaml$/ },
    { module: 'open-cluster-management.io/api', folder: 'addon/v1beta1', files: /^0000_0[01]_.*\.crd\.yaml$/ },
  ],
  'ocm-agent': [
    {
      module: 'open-cluster-management.io/ocm',
      folder: 'manifests/klusterlet/managed',
      files: /^0000_.*\.crd\.yaml$/,
    },
  ],
  policies: [
    { module: 'open-cluster-management.io/governance-policy-propagator', folder: 'deploy/crds', files: /\.yaml$/ },
  ],
  'configuration-policies': [
    { module: 'open-cluster-management.io/config-policy-controller', folder: 'deploy/crds', files: /\.yaml$/ },
  ],
  argocd: [{ module: 'github.com/argoproj/argo-cd/v3', folder: 'manifests/crds', files: /-crd\.yaml$/ }],
} as const;

export type DefinitionSet = keyof typeof DEFINITIONS;

/** Programs of Debian that are used as they are. */
const SYSTEM_PROGRAMS = [
  { name: 'git', how: 'apt-get install git' },
  { name: 'redis-server', how: 'apt-get install redis-server' },
] as const;

/** The built programs and the definitions that belong to them. */
export class ClusterPrograms {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where they all are, for a PATH. */
  get binFolder(): string {
    return join(this.#folder, 'bin');
  }

  /** The path of a program. */
  path(name: ProgramName): string {
    return join(this.binFolder, name);
  }

  /** The texts of the definitions of a part, one resource each. */
  definitions(set: DefinitionSet): string[] {
    const folder = join(this.#folder, 'definitions', set);
    return readdirSync(folder)
      .sort()
      .map((name) => readFileSync(join(folder, name), 'utf8'));
  }
}

/**
 * Builds everything that a fleet of clusters runs, from the versions in `test/clusters/tools/go.mod` with their checksums,
 * or takes it from the cache. Cold it costs about a quarter of an hour of processor time.
 * @throws Error naming what the machine lacks and how to get it
 */
export async function clusterPrograms(
  cacheDir: string,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<ClusterPrograms> {
  const missing = await missingPrerequisites(prerequisites.filter(({ name }) => name === 'Go'));
  for (const { name, how } of SYSTEM_PROGRAMS)
    if (programPath(name) === null) missing.push(`${name} is missing: ${how}`);
  if (missing.length > 0) throw new Error(missing.join('\n'));

  const goMod = readFileSync(join(MODULE, 'go.mod'), 'utf8');
  const goVersion = await runTool({ command: 'go', args: ['env', 'GOVERSION'], cwd: MODULE, signal });
  const kubernetes = moduleVersion(goMod, 'k8s.io/kubernetes');
  const build = ['build', '-v', '-mod=readonly', '-trimpath', `-ldflags=-s -w ${versionFlags(kubernetes)}`];
  const hash = createHash('sha256');
  for (const text of [goMod, readFileSync(join(MODULE, 'go.sum'), 'utf8'), goVersion, recipeText(build)])
    hash.update(text);
  const tell = (detail: string): void => report({ subject: 'part clusters', phase: 'working', detail });
  const folder = await cachedPart(
    cacheDir,
    {
      key: `clusters-${kubernetes}-${hash.digest('hex').slice(0, 12)}`,
      onWait: () => tell('waiting for another process that builds the clusters'),
      build: async (draft, buildSignal) => {
        const go = { command: 'go', cwd: MODULE, env: { CGO_ENABLED: '0' }, signal: buildSignal };
        tell(`Kubernetes ${kubernetes}, OCM, Argo CD: fetching modules`);
        let fetched = 0;
        const list = await runTool({
          ...go,
          args: ['list', '-deps', 'tool'],
          onLine: (line) => {
            if (!line.startsWith('go: downloading ')) return;
            fetched += 1;
            tell(`Kubernetes ${kubernetes}, OCM, Argo CD: ${fetched} modules fetched`);
          },
        });
        const packages = list.split('\n').length;
        mkdirSync(join(draft, 'bin'));
        let built = 0;
        await runTool({
          ...go,
          args: [...build, '-o', `${join(draft, 'bin')}/`, 'tool'],
          onLine: (line) => {
            // With -v, Go names each package it compiles; what its cache already holds is not named.
            if (!/^[\w.-]+(\/[\w.-]+)*$/.test(line)) return;
            built += 1;
            tell(`Kubernetes ${kubernetes}, OCM, Argo CD: ${Math.min(built, packages)} of ${packages} packages`);
          },
        });
        for (const [name, source] of Object.entries(PROGRAMS))
          renameSync(join(draft, 'bin', builtName(source)), join(draft, 'bin', name));
        for (const [set, sources] of Object.entries(DEFINITIONS))
          for (const { module, folder: below, files } of sources) {
            const root = await runTool({ ...go, args: ['list', '-m', '-f', '{{.Dir}}', module] });
            copyDefinitions(join(root, below), files, join(draft, 'definitions', set));
          }
      },
    },
    signal,
  );
  report({ subject: 'part clusters', phase: 'ready', detail: '' });
  return new ClusterPrograms(folder);
}

/** The version that a go.mod requires, with its v. @throws Error when it requires none */
export function moduleVersion(goMod: string, module: string): string {
  const version = new RegExp(`^\\s*(?:require )?${module.replaceAll('.', '\\.')} (v\\S+)`, 'm').exec(goMod)?.[1];
  if (version === undefined) throw new Error(`go.mod requires no ${module}`);
  return version;
}

/** What `kubectl version` and the discovery of the API tell; Kubernetes' own build sets the same. */
function versionFlags(kubernetes: string): string {
  const [major = '', minor = ''] = kubernetes.slice(1).split('.');
  return Object.entries({ gitVersion: kubernetes, gitMajor: major, gitMinor: minor })
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

/** As Go names the program of a package: by its folder, without a major version. */
function builtName(source: string): string {
  return basename(source.replace(/\/v\d+$/, ''));
}

/** Templates of an operator, which are not YAML yet, are left out. */
function copyDefinitions(from: string, files: RegExp, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((candidate) => files.test(candidate)))
    if (!readFileSync(join(from, name), 'utf8').includes('{{')) copyFileSync(join(from, name), join(to, name));
}

/** Whatever changes what the cache should hold besides the module itself. */
function recipeText(build: readonly string[]): string {
  const definitions = JSON.stringify(DEFINITIONS, (_key, value: unknown) =>
    value instanceof RegExp ? value.source : value,
  );
  return JSON.stringify({ build, PROGRAMS }) + definitions;
}
