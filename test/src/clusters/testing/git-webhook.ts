import { setTimeout as delay } from 'node:timers/promises';
import { ARGOCD_NAMESPACE } from '../harness/argocd.js';
import type { Cluster } from '../harness/cluster-fleet.js';
import type { GitRepository } from '../harness/git-repository.js';
import { kinds } from '../harness/kinds.js';
import type { KubeKind } from '../harness/kube-client.js';

const EVERY_MS = 300;
const applicationSet = { apiVersion: kinds.application.apiVersion, kind: 'ApplicationSet' };

/**
 * Stands in for Git's webhook: tells every Argo CD of each commit. To let them look for themselves every few seconds instead
 * keeps two processors busy and takes longer.
 */
export class GitWebhook {
  readonly #git: GitRepository;
  readonly #clusters: () => readonly Cluster[];
  #running: Promise<void> = Promise.resolve();
  #stopping = false;

  /** @param clusters those that there are now */
  constructor(git: GitRepository, clusters: () => readonly Cluster[]) {
    this.#git = git;
    this.#clusters = clusters;
  }

  start(): void {
    this.#running = this.#serve();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #serve(): Promise<void> {
    let told = await this.#git.head();
    while (!this.#stopping) {
      const head = await this.#git.head();
      if (head !== told) void this.#tellAll();
      told = head;
      await delay(EVERY_MS);
    }
  }

  /** A cluster that does not answer hears nothing, as it would of a webhook. */
  async #tellAll(): Promise<void> {
    await Promise.allSettled(
      this.#clusters().flatMap((cluster) => [
        this.#tell(cluster, kinds.application, { 'argocd.argoproj.io/refresh': 'normal' }),
        this.#tell(cluster, applicationSet, { 'argocd.argoproj.io/application-set-refresh': 'true' }),
      ]),
    );
  }

  async #tell({ admin }: Cluster, kind: KubeKind, annotations: Record<string, string>): Promise<void> {
    const objects = await admin.list(kind, { namespace: ARGOCD_NAMESPACE });
    await Promise.allSettled(
      objects.map(({ metadata }) => admin.merge(kind, metadata.name, { metadata: { annotations } }, ARGOCD_NAMESPACE)),
    );
  }
}
