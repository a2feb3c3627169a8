import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { until } from '../../support/until.js';
import { ARGOCD_NAMESPACE } from '../harness/argocd.js';
import type { Cluster, ClusterFleet } from '../harness/cluster-fleet.js';
import { kinds } from '../harness/kinds.js';
import type { KubeObject } from '../harness/kube-client.js';
import { establish } from '../harness/control-plane.js';
import { joinedKubeconfig } from '../harness/kubeconfig.js';
import { deliveredTree } from './delivered-tree.js';
import { BootstrapGuide } from './documented-commands.js';
import { kindsIn, partDefinitions } from './part-definitions.js';

export type Application = KubeObject<{
  spec: { source: { path?: string; chart?: string }; destination: { namespace: string } };
  status?: {
    sync?: { status?: string; revision?: string };
    health?: { status?: string };
    reconciledAt?: string;
    operationState?: { phase?: string; message?: string; startedAt?: string; finishedAt?: string };
    resources?: { kind: string; name: string; namespace?: string; status?: string }[];
    conditions?: { type: string; message: string }[];
  };
}>;

/** A checkout of the delivered tree as hospital IT has one, and the document to follow in it. */
export class GitopsFleet {
  readonly guide: BootstrapGuide;
  readonly #folder: string;
  readonly #checkout: string;
  readonly #kubeconfig: string;
  readonly #definitions: readonly string[];

  private constructor(options: {
    folder: string;
    checkout: string;
    kubeconfig: string;
    definitions: readonly string[];
    guide: BootstrapGuide;
  }) {
    this.#folder = options.folder;
    this.#checkout = options.checkout;
    this.#kubeconfig = options.kubeconfig;
    this.#definitions = options.definitions;
    this.guide = options.guide;
  }

  /** Makes its kinds known to all clusters, commits it, without hospitals, to the fleet's repository and clones that. */
  static async prepare({ hub, sites, git, binFolder }: ClusterFleet): Promise<GitopsFleet> {
    const tree = deliveredTree();
    const definitions = await partDefinitions(kindsIn(tree));
    await Promise.all([hub, ...sites].map(({ admin }) => establish(admin, definitions)));
    const files = Object.entries(tree).map(([path, text]) => [
      path,
      path.startsWith('gitops/clusters/sites/') ? null : text,
    ]);
    await git.commit('What is delivered', Object.fromEntries(files) as Record<string, string | null>);
    const folder = mkdtempSync(join(tmpdir(), 'hilum-gitops-'));
    const [checkout, kubeconfig] = [join(folder, 'checkout'), join(folder, 'kubeconfig')];
    await git.clone(checkout);
    writeFileSync(kubeconfig, joinedKubeconfig([hub, ...sites].map((cluster) => cluster.kubeconfig)), { mode: 0o600 });
    const who = { NAME: 'Hospital IT', EMAIL: 'it@hilum.example' };
    const guide = new BootstrapGuide(checkout, {
      PATH: `${binFolder}${delimiter}${process.env['PATH'] ?? ''}`,
      KUBECONFIG: kubeconfig,
      REPOSITORY: git.url,
      // what the person who runs the tests has there is not the document's
      BASH_ENV: '',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: who.NAME,
      GIT_AUTHOR_EMAIL: who.EMAIL,
      GIT_COMMITTER_NAME: who.NAME,
      GIT_COMMITTER_EMAIL: who.EMAIL,
    });
    return new GitopsFleet({ folder, checkout, kubeconfig, definitions, guide });
  }

  /** Lets the document reach a cluster that has taken the place of one, and that cluster know the kinds that are delivered. */
  async admit({ hub, sites }: ClusterFleet, { admin }: Cluster): Promise<void> {
    writeFileSync(this.#kubeconfig, joinedKubeconfig([hub, ...sites].map(({ kubeconfig }) => kubeconfig)));
    await establish(admin, this.#definitions);
  }

  /** Changes files of the checkout, each by its text, commits and pushes. @returns the commit */
  async change(message: string, files: Record<string, (text: string) => string>): Promise<string> {
    for (const [path, changed] of Object.entries(files)) {
      const file = join(this.#checkout, path);
      const text = readFileSync(file, 'utf8');
      if (changed(text) === text) throw new Error(`${message}: nothing to change in ${path}`);
      writeFileSync(file, changed(text));
    }
    await this.guide.run(`git commit --quiet --all --message "${message}"\ngit push --quiet`);
    return this.head();
  }

  /** The newest commit of the checkout. */
  async head(): Promise<string> {
    return (await this.guide.run('git rev-parse HEAD')).trim();
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The Applications of a cluster's Argo CD by name; those of charts, which bring what is not ours, are left out. */
export async function applicationsOf({ admin }: Cluster): Promise<Map<string, Application>> {
  const found = await admin.list<Application>(kinds.application, { namespace: ARGOCD_NAMESPACE });
  return new Map(found.map((application) => [application.metadata.name, application as Application]));
}

/** Waits until these Applications are in step with Git and healthy. @throws Error that says of each what it is instead */
export async function untilInStep(
  cluster: Cluster,
  names: readonly string[],
  options: { revision?: string; withinMs: number },
): Promise<void> {
  let seen: string[] = [];
  await until(
    `${names.join(', ')} at ${cluster.name} are in step`,
    async () => {
      const applications = await applicationsOf(cluster);
      const wrong = names.filter((name) => !isInStep(applications.get(name), options.revision));
      seen = wrong.map((name) => `${name}: ${standing(applications.get(name))}`);
      return wrong.length === 0;
    },
    options.withinMs,
    500,
  ).catch((error: unknown) => {
    throw new Error(`not in step at ${cluster.name}:\n${seen.join('\n')}`, { cause: error });
  });
}

/**
 * Watches Applications of a cluster as they come, until the last of them is there.
 * @throws Error when one is there before the one named before it was in step
 */
export async function untilInOrder(cluster: Cluster, names: readonly string[], withinMs: number): Promise<void> {
  const wasInStep = new Set<string>();
  const tooEarly = new Set<string>();
  await until(
    `${names.join(', ')} come at ${cluster.name}`,
    async () => {
      const applications = await applicationsOf(cluster);
      for (const name of names) if (isInStep(applications.get(name), undefined)) wasInStep.add(name);
      for (const [position, name] of names.entries()) {
        const before = names[position - 1];
        if (before !== undefined && applications.has(name) && !wasInStep.has(before))
          tooEarly.add(`${name} came before ${before} was in step: ${standing(applications.get(before))}`);
      }
      return applications.has(names.at(-1) ?? '');
    },
    withinMs,
    200,
  );
  if (tooEarly.size > 0) throw new Error([...tooEarly].join('\n'));
}

function isInStep(application: Application | undefined, revision: string | undefined): boolean {
  const { sync, health } = application?.status ?? {};
  return (
    sync?.status === 'Synced' && health?.status === 'Healthy' && (revision === undefined || sync.revision === revision)
  );
}

function standing(application: Application | undefined): string {
  if (application === undefined) return 'is not there';
  const { sync, health, operationState, resources = [], conditions = [] } = application.status ?? {};
  const apart = resources.filter(({ status }) => status !== 'Synced').map(({ kind, name }) => `${kind}/${name}`);
  return [
    `${sync?.status ?? 'unknown'} at ${sync?.revision ?? 'no commit'}, ${health?.status ?? 'unknown'}`,
    operationState?.message,
    ...conditions.map(({ message }) => message),
    apart.length > 0 ? `not in step: ${apart.join(', ')}` : undefined,
  ]
    .filter(Boolean)
    .join('; ');
}
