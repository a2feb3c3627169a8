import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ports, cacheDir, identityOf, type ReportProgress } from '@hilum/local';
import { manifestPrograms } from '../../manifests/programs/manifest-programs.js';
import { repositoryRoot } from '../../support/repository.js';
import { clusterPrograms, type ClusterPrograms } from '../programs/cluster-programs.js';
import { registerDestination, startApplicationSets, startArgoCd } from './argocd.js';
import { startControlPlane, type ControlPlane } from './control-plane.js';
import type { ClusterAccess, FleetContext } from './fleet-context.js';
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

/** A cluster that runs. */
export interface Cluster extends ClusterAccess {
  kubeconfig: string;
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
  sites: SiteFile[];
  git: string;
  binFolder: string;
}
type ClusterFile = Pick<Cluster, 'name' | 'ca' | 'kubeconfig'>;
type SiteFile = ClusterFile & { identity: HospitalIdentity; policyIdentity: HospitalIdentity };

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
  const programs = await programsOf(report, signal);
  await endAllIn(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const record = new ProcessRecord(folder, endsWithUs ? identityOf() : null);
  const ports = new Ports({ env: {} });
  const context = contextOf(folder, record, programs, ports);
  try {
    const file = await startAll(siteNames(sites), context, report, signal);
    writeFleetFile(folder, file);
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
  const step: Step = async (subject, work) => {
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
  const atHub = { name: hub.name, url: hub.url, ca: hub.files.server.ca, admin: hub.admin };
  const sites = Promise.all(planes.map((plane) => startSite(plane, atHub, context, step)));
  await Promise.all([argoCd, sites]);
  await Promise.all(planes.map((plane) => registerDestination(plane, hub)));
  const git = join(context.folder, 'git');
  await GitRepository.create(git);
  return { hub: clusterFile(hub), sites: await sites, git, binFolder: context.programs.binFolder };
}

/** Does a part of a start, and may tell of it. */
type Step = <T>(subject: string, work: () => Promise<T>) => Promise<T>;

/** Joins a hospital's control plane to the hub and starts what else runs there. */
async function startSite(
  plane: ControlPlane,
  hub: ClusterAccess,
  context: FleetContext,
  step: Step,
): Promise<SiteFile> {
  const { name } = plane;
  const labels = { 'hilum.org/site': name };
  const identity = await step(`${name} joining`, () => joinHub(plane, hub, labels, context));
  const policyIdentity = await step(`${name} policies`, async () => {
    await startPolicyController(plane, context);
    return startPolicySync(plane, hub, context);
  });
  await step(`${name} Argo CD`, () => startArgoCd(plane, context));
  return { ...clusterFile(plane), identity, policyIdentity };
}

/** The cluster of a hospital is lost at once, with all that it held. What the hub knows of it stays. */
export async function loseSite({ folder }: ClusterFleet, name: string): Promise<void> {
  await endAllIn(folder, (process) => process.startsWith(`${name}-`));
  rmSync(join(folder, name), { recursive: true });
}

/**
 * A new, empty cluster joins in the place of one that {@link loseSite} took away, as its document says.
 * @returns the fleet as it is then: addresses and keys of that hospital are others
 */
export async function replaceSite({ folder, hub }: ClusterFleet, name: string): Promise<ClusterFleet> {
  const ports = new Ports({ env: {} });
  const programs = await programsOf(() => undefined, new AbortController().signal);
  const context = contextOf(folder, ProcessRecord.continued(folder), programs, ports);
  try {
    const plane = await startControlPlane(name, context);
    const site = await startSite(plane, hub, context, (_subject, work) => work());
    await registerDestination(plane, hub);
    const file = JSON.parse(readFileSync(fleetFile(folder), 'utf8')) as FleetFile;
    const sites = file.sites.map((before) => (before.name === name ? site : before));
    writeFleetFile(folder, { ...file, sites });
  } finally {
    ports.release();
  }
  return ClusterFleet.connect(folder);
}

interface FleetPrograms {
  programs: ClusterPrograms;
  kustomize: string;
}

/** Builds them, unless they are there. */
async function programsOf(report: ReportProgress, signal: AbortSignal): Promise<FleetPrograms> {
  const programs = await clusterPrograms(cacheDir(), report, signal);
  const { kustomize } = await manifestPrograms(cacheDir(), report, signal);
  return { programs, kustomize };
}

function contextOf(folder: string, record: ProcessRecord, programs: FleetPrograms, ports: Ports): FleetContext {
  return {
    folder,
    ...programs,
    processes: new HostProcesses(folder, record),
    ports: async <Use extends string>(owner: string, uses: readonly Use[]) => {
      const found = await ports.allocate(
        uses.map((use) => `${owner}-${use}`),
        {},
      );
      return Object.fromEntries(uses.map((use) => [use, found[`${owner}-${use}`]])) as Record<Use, number>;
    },
  };
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

function writeFleetFile(folder: string, file: FleetFile): void {
  writeFileSync(fleetFile(folder), JSON.stringify(file, null, 2), { mode: 0o600 });
}

function fleetFile(folder: string): string {
  return join(folder, 'fleet.json');
}
