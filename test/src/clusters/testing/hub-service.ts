import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getJson, type Page } from '../../support/fleet.js';
import { HubServers, type HubProcess } from '../../support/hub-servers.js';
import { repositoryRoot } from '../../support/repository.js';
import type { Cluster } from '../harness/cluster-fleet.js';
import { kinds } from '../harness/kinds.js';
import { KubeClient } from '../harness/kube-client.js';
import { tokenKubeconfig } from '../harness/kubeconfig.js';

/** The hub service that follows Open Cluster Management at a hub's API server, as its own service account. */
export class HubService {
  /** The API server as the hub service may see it. */
  readonly asService: KubeClient;
  readonly process: HubProcess;
  readonly #servers: HubServers;
  readonly #folder: string;

  private constructor(asService: KubeClient, process: HubProcess, servers: HubServers, folder: string) {
    this.asService = asService;
    this.process = process;
    this.#servers = servers;
    this.#folder = folder;
  }

  /** @param policiesNamespace where the policies are that it is to tell of */
  static async start(hub: Cluster, policiesNamespace: string): Promise<HubService> {
    await hub.admin.apply({ ...kinds.namespace, metadata: { name: 'hilum' } });
    await hub.admin.apply({ ...kinds.serviceAccount, metadata: { name: 'hilum-hub', namespace: 'hilum' } });
    await applyRole(hub);
    const token = await hub.admin.token('hilum-hub', 'hilum');
    const folder = mkdtempSync(join(tmpdir(), 'hilum-hub-fleet-'));
    const kubeconfig = join(folder, 'kubeconfig');
    const ca = readFileSync(hub.ca, 'utf8');
    writeFileSync(kubeconfig, tokenKubeconfig({ name: 'hub', server: hub.url, ca, token }), { mode: 0o600 });
    const servers = await HubServers.start();
    const process = await servers.startHub({
      HILUM_HUB_FLEET: 'ocm',
      HILUM_HUB_FLEET_KUBECONFIG: kubeconfig,
      HILUM_HUB_FLEET_POLICIES_NAMESPACE: policiesNamespace,
    });
    const asService = new KubeClient({ server: hub.url, ca: hub.ca, as: { token } });
    return new HubService(asService, process, servers, folder);
  }

  /** The first page of a list of its API, as compliance. */
  async items<Item = unknown>(path: string): Promise<Item[]> {
    const page = await getJson<Page<Item>>(`${this.process.url}${path}`, this.#servers.state.tokens.compliance);
    return page.items;
  }

  async stop(): Promise<void> {
    await this.#servers.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** As an administrator does by kubectl apply -f. */
async function applyRole({ admin }: Cluster): Promise<void> {
  const [role = '', binding = ''] = readFileSync(join(repositoryRoot, 'hub/fleet/cluster-role.yaml'), 'utf8').split(
    '\n---\n',
  );
  for (const [plural, yaml] of [
    ['clusterroles', role],
    ['clusterrolebindings', binding],
  ] as const)
    await admin.ask(
      'PATCH',
      `/apis/rbac.authorization.k8s.io/v1/${plural}/hilum-hub-fleet?fieldManager=hilum-clusters&force=true`,
      yaml,
      'application/apply-patch+yaml',
    );
}
