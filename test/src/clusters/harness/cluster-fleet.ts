import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ports, cacheDir, identityOf, type ReportProgress } from '@hilum/local';
import { manifestPrograms } from '../../manifests/programs/manifest-programs.js';
import { repositoryRoot } from '../../support/repository.js';
import { clusterPrograms } from '../programs/cluster-programs.js';
import { registerDestination, startApplicationSets, startArgoCd } from './argocd.js';
import { startControlPlane, type ControlPlane } from './control-plane.js';
import type { FleetContext } from './fleet-context.js';
import { GitRepository } from './git-repository.js';
import { POLICIES_NAMESPACE, startPolicyController, startPolicyPropagator } from './governance.js';
import { HostProcesses } from './host-process.js';
import { KubeClient } from './kube-client.js';
import { readTokenKubeconfig } from './kubeconfig.js';
import { hubAs, joinHub, type HospitalIdentity } from './ocm-agent.js';
import { bindHospitals, startOcmHub } from './ocm-hub.js';
import { declarePolicySync, startPolicySync } from './policy-sync.js';
import { ProcessRecord, endAllIn, runningIn, runningOwner } from './process-record.js';

/** Below this every fleet of clusters has a folder. */
export const clustersFolder = join(repositoryRoot, '.hilum/clusters');

const SITE_NAMES = ['st-agnes', 'riverside'];

/** How to reach a cluster as its administrator. */
export interface Cluster {
  name: string;
  /** https://127.0.0.1:PORT */
  url: string;
  /** PEM file */
  ca: string;
  kubeconfig: string;
  admin: KubeClient;
}

export interface Hospital extends Cluster {
  /** The hub as the hospital's agents may see it. */
  hub: KubeClient;
  /** The hub as the hospital's policy add-on may see it. */
  hubForPolicies: KubeClient;
}

export interface FleetOptions {
  /** how many hospitals: st-agnes, riverside, site-3 … */
  sites: number;
  folder: string;
  /** false: it outlives this process, until `clusters:down` */
  endsWithUs: boolean;
  report?: ReportProgress;
  signal?: AbortSignal;
}

/** What fleet.json keeps, for another process to connect by. */
interface FleetFile {
  hub: ClusterFile;
  sites: (ClusterFile & { identity: HospitalIdentity; policyIdentity: HospitalIdentity })[];
  git: string;
  binFolder: string;
}
type ClusterFile = Pick<Cluster, 'name' | 'ca' | 'kubeconfig'>;

/** A hub and its hospitals, each a Kubernetes control plane of its own, joined by OCM. */
export class ClusterFleet {
  readonly folder: string;
  readonly hub: Cluster;
  readonly sites: Hospital[];
  /** what Argo CD may deliver; empty at first */
  readonly git: GitRepository;
  /** of the programs that it runs, kubectl among them */
  readonly binFolder: string;

  private constructor(folder: string, file: FleetFile) {
    this.folder = folder;
    const hub = cluster(file.hub);
    this.hub = hub;
    this.sites = file.sites.map((site) => ({
      ...cluster(site),
      hub: hubAs(site.identity, hub),
      hubForPolicies: hubAs(site.policyIdentity, hub),
    }));
    this.git = new GitRepository(file.git);
    this.binFolder = file.binFolder;
  }

  /** A fleet that somebody else started. @throws Error when none runs in the folder */
  static connect(folder: string): ClusterFleet {
    if (runningIn(folder).length === 0)
      throw new Error(`no clusters run in ${folder}; npm run clusters:up starts some`);
    return new ClusterFleet(folder, JSON.parse(readFileSync(fleetFile(folder), 'utf8')) as FleetFile);
  }

  /** @throws Error when there is none of this name */
  site(name: string): Hospital {
    const site = this.sites.find((candidate) => candidate.name === name);
    if (site === undefined) throw new Error(`no hospital ${name} among ${this.sites.map((s) => s.name).join(', ')}`);
    return site;
  }

  /** @param name of a process, such as `hub-apiserver`; @throws Error when it does not run */
  pidOf(name: string): number {
    const process = runningIn(this.folder).find((candidate) => candidate.name === name);
    if (process === undefined) throw new Error(`${name} does not run`);
    return process.pid;
  }

  /** Ends every process and deletes all data; the logs too. */
  async stop(): Promise<void> {
    await endAllIn(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Starts a hub and hospitals in the folder, anew: what an earlier run left there is ended and deleted first.
 * @throws Error when another process has its fleet there; with the end of the log of what did not start: all that was
 *   started is ended again, its logs stay
 */
export async function createFleet(options: FleetOptions): Promise<ClusterFleet> {
  const { sites, endsWithUs, report = () => undefined, signal = new AbortController().signal } = options;
  if (!Number.isInteger(sites) || sites < 1)
    throw new Error(`sites: ${sites} is no number of hospitals; give 1 or more`);
  const folder = resolve(options.folder);
  const owner = runningOwner(folder);
  if (owner !== null)
    throw new Error(`${folder} is used by process ${owner.pid}, which still runs: wait for it, or end it`);
  const programs = await clusterPrograms(cacheDir(), report, signal);
  const { kustomize } = await manifestPrograms(cacheDir(), report, signal);
  await endAllIn(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const record = new ProcessRecord(folder, endsWithUs ? identityOf() : null);
  const ports = new Ports({ env: {} });
  const context: FleetContext = {
    folder,
    programs,
    kustomize,
    processes: new HostProcesses(folder, record),
    ports: async <Use extends string>(owner: string, uses: readonly Use[]) => {
      const found = await ports.allocate(
        uses.map((use) => `${owner}-${use}`),
        {},
      );
      return Object.fromEntries(uses.map((use) => [use, found[`${owner}-${use}`]])) as Record<Use, number>;
    },
  };
  try {
    const file = await startAll(siteNames(sites), context, report, signal);
    writeFileSync(fleetFile(folder), JSON.stringify(file, null, 2), { mode: 0o600 });
    return ClusterFleet.connect(folder);
  } catch (error) {
    context.processes.close();
    await endAllIn(folder);
    throw error;
  } finally {
    // whoever listens keeps its port without
    ports.release();
  }
}

async function startAll(
  names: readonly string[],
  context: FleetContext,
  report: ReportProgress,
  signal: AbortSignal,
): Promise<FleetFile> {
  const step = async <T>(subject: string, work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    report({ subject, phase: 'working', detail: subject });
    const value = await work();
    report({ subject, phase: 'ready', detail: '' });
    return value;
  };
  const controlPlane = (name: string): Promise<ControlPlane> =>
    step(`${name} control plane`, () => startControlPlane(name, context));
  const [hub, planes] = await Promise.all([controlPlane('hub'), Promise.all(names.map(controlPlane))]);
  await step('OCM hub', () => startOcmHub(hub, context));
  await step('policy propagator', () => startPolicyPropagator(hub, context));
  await bindHospitals(hub, POLICIES_NAMESPACE);
  await declarePolicySync(hub.admin);
  const argoCd = step('hub Argo CD', async () => {
    await startApplicationSets(hub, await startArgoCd(hub, context), context);
  });
  const sites = Promise.all(
    planes.map(async (plane) => {
      const identity = await step(`${plane.name} joining`, () =>
        joinHub(plane, hub, { 'hilum.org/site': plane.name }, context),
      );
      const policyIdentity = await step(`${plane.name} policies`, async () => {
        await startPolicyController(plane, context);
        return startPolicySync(plane, hub, context);
      });
      await step(`${plane.name} Argo CD`, () => startArgoCd(plane, context));
      return { ...clusterFile(plane), identity, policyIdentity };
    }),
  );
  await Promise.all([argoCd, sites]);
  await Promise.all(planes.map((plane) => registerDestination(plane, hub)));
  const git = join(context.folder, 'git');
  await GitRepository.create(git);
  return { hub: clusterFile(hub), sites: await sites, git, binFolder: context.programs.binFolder };
}

function cluster({ name, ca, kubeconfig }: ClusterFile): Cluster {
  const { server, token } = readTokenKubeconfig(kubeconfig);
  return { name, url: server, ca, kubeconfig, admin: new KubeClient({ server, ca, as: { token } }) };
}

function clusterFile({ name, files, adminKubeconfig }: ControlPlane): ClusterFile {
  return { name, ca: files.server.ca, kubeconfig: adminKubeconfig };
}

function siteNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => SITE_NAMES[index] ?? `site-${index + 1}`);
}

function fleetFile(folder: string): string {
  return join(folder, 'fleet.json');
}
