import { accessSync, constants, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { HeldLock } from '../../bin/lib/file-lock.mjs';
import { checkPolicies, type Beginnings } from '../compliance/check-policies.js';
import { ComplianceReporter } from '../compliance/compliance-reporter.js';
import { examine } from '../doctor/examination.js';
import { appVersion } from '../parts/app-version.js';
import { fetchParts } from '../parts/parts.js';
import { cacheDir } from '../parts/paths.js';
import type { ReportProgress } from '../parts/progress.js';
import { Pki } from '../pki/pki.js';
import { startGuardian, type Guardian } from '../supervisor/guardian.js';
import { processStates, type ProcessSnapshot, type ProcessSpec } from '../supervisor/process-spec.js';
import { RotatingLog } from '../supervisor/rotating-log.js';
import { Supervisor } from '../supervisor/supervisor.js';
import { hubPortNames, hubSecrets, hubState, pkiDir, sitePortNames, siteState } from './fleet-access.js';
import { UsageError, changeFleetConfig, sitesToRun, type WantedSites } from './fleet-config.js';
import type { FleetContext } from './fleet-context.js';
import { writeFleetState, type FleetState } from './fleet-state.js';
import { hubProcesses } from './hub-processes.js';
import { endLeftovers } from './leftovers.js';
import { Ports } from './ports.js';
import { preflight } from './preflight.js';
import { simulatorSpec, type SimulatorOptions } from './simulator-process-spec.js';
import { siteProcesses } from './site-processes.js';
import { holdFolder, supervisorLock } from './supervisor-lock.js';

export { endLeftovers, supervisorLock };

export interface FleetOptions {
  dataDir: string;
  sites?: WantedSites;
  /** Whether Hilum's own services run, or the servers below them alone (brokers, mirrors, stores, databases). */
  services?: boolean;
  /** null for none */
  simulator?: SimulatorOptions | null;
  env?: NodeJS.ProcessEnv;
  report?: ReportProgress;
}

/**
 * One data folder, running: a hub and its hospitals under a supervisor. Only one can run per folder.
 * Made by {@link startFleet}.
 */
export class Fleet {
  readonly dataDir: string;
  readonly #options: Required<Pick<FleetOptions, 'services' | 'env' | 'report'>>;
  readonly #lock: HeldLock;
  readonly #ports: Ports;
  readonly #guardian: Guardian;
  readonly #supervisor: Supervisor;
  readonly #log: RotatingLog;
  readonly #fetching = new AbortController();
  readonly #startedAt = new Date().toISOString();
  readonly #told = new Map<string, string>();
  readonly #context: FleetContext;
  readonly #reporter: ComplianceReporter | null = null;
  #sites: string[] = [];
  #snapshots: ProcessSnapshot[] = [];
  #stopped: Promise<void> | null = null;
  #problem: string | null = null;

  constructor(options: FleetOptions, lock: HeldLock, ports: Ports) {
    const { services = true, env = process.env, report = () => undefined } = options;
    this.dataDir = options.dataDir;
    this.#options = { services, env, report };
    this.#lock = lock;
    this.#ports = ports;
    this.#log = new RotatingLog(join(this.dataDir, 'logs/supervisor.log'));
    this.#guardian = startGuardian();
    this.#supervisor = new Supervisor({
      guardian: this.#guardian,
      logDir: join(this.dataDir, 'logs'),
      onChange: (snapshots) => this.#onChange(snapshots),
    });
    this.#context = {
      dataDir: this.dataDir,
      services,
      ports: {},
      parts: fetchParts(cacheDir(env), report, this.#fetching.signal),
      pki: new Pki(pkiDir(this.dataDir), { note: (text) => this.#note(text) }),
      env,
      complianceUrl: () => this.#reporter?.url ?? null,
    };
    if (!services) return;
    const beginnings: Beginnings = new Map();
    this.#reporter = new ComplianceReporter({
      token: hubSecrets(this.dataDir).fleet.value,
      check: (signal) => checkPolicies(examine(this.dataDir, env), beginnings, { appVersion: appVersion(), signal }),
      whenReady: () => this.#supervisor.whenReady(),
    });
  }

  /** What `state.json` says. */
  state(): FleetState {
    const { ports, env } = this.#context;
    return {
      version: 1,
      supervisor:
        this.#stopped === null ? { pid: process.pid, startedAt: this.#startedAt, problem: this.#problem } : null,
      hub: hubState(this.dataDir, ports, env),
      sites: this.#sites.map((name) => siteState(this.dataDir, ports, name)),
      processes: this.#snapshots.filter(({ state }) => state !== processStates.stopped),
    };
  }

  /** Resolves when everything is ready. @throws ProcessFailedError as soon as one start is given up */
  whenReady(): Promise<void> {
    return this.#supervisor.whenReady();
  }

  /** Starts the sites of `config.json` that do not run yet; everything else keeps running. */
  async startConfiguredSites(): Promise<void> {
    const config = await changeFleetConfig(this.dataDir, async (current) => ({
      ...current,
      ports: {
        ...current.ports,
        ...(await this.#ports.allocate([...hubPortNames, ...current.sites.flatMap(sitePortNames)], current.ports)),
      },
    }));
    this.#context.ports = config.ports;
    // before the hub, which is told where it is
    if (this.#snapshots.length === 0) await this.#reporter?.listen();
    const fresh = config.sites.filter((site) => !this.#sites.includes(site));
    const specs: ProcessSpec[] = this.#snapshots.length === 0 ? hubProcesses(this.#context) : [];
    for (const site of fresh) specs.push(...siteProcesses(this.#context, site));
    this.#sites = [...this.#sites, ...fresh];
    this.#note(fresh.length === 0 ? 'no new site' : `starting ${fresh.join(', ')}`);
    this.#supervisor.add(specs);
    // not before: without processes all would be ready
    this.#reporter?.begin();
  }

  /** Like startConfiguredSites, while running: a mistake in the configuration must not stop what runs. */
  async followConfiguration(): Promise<void> {
    try {
      this.#problem = null;
      this.#writeState();
      await this.startConfiguredSites();
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      this.#note(`config.json could not be followed: ${this.#problem}`);
    }
    this.#writeState();
  }

  startSimulator(simulator: SimulatorOptions): void {
    const everything = this.#supervisor.snapshots().map(({ name }) => name);
    this.#supervisor.add([simulatorSpec(this.#context, simulator, everything)]);
  }

  /** Stops everything in order and gives the folder free. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll(false);
    return this.#stopped;
  }

  /** Ends everything at once. */
  async kill(): Promise<void> {
    this.#stopped ??= this.#stopAll(true);
    await this.#supervisor.kill();
    await this.#stopped;
  }

  async #stopAll(force: boolean): Promise<void> {
    this.#note('stopping');
    this.#fetching.abort();
    await this.#reporter?.stop();
    await (force ? this.#supervisor.kill() : this.#supervisor.stop());
    this.#guardian.close();
    this.#writeState();
    this.#ports.release();
    this.#note('stopped');
    this.#log.close();
    this.#lock.release();
  }

  #onChange(snapshots: ProcessSnapshot[]): void {
    this.#snapshots = snapshots;
    this.#writeState();
    for (const { name, state, pid, error } of snapshots) {
      if (this.#told.get(name) === state) continue;
      this.#told.set(name, state);
      this.#note(`${name} ${state}${pid === null ? '' : ` (pid ${pid})`}${error === null ? '' : `: ${error}`}`);
      const phase =
        ({ ready: 'ready', waiting: 'waiting', restarting: 'failed' } as const)[state as 'ready'] ?? 'working';
      this.#options.report({
        subject: name,
        phase,
        detail: state === processStates.restarting ? (error ?? '') : state,
      });
    }
  }

  #writeState(): void {
    try {
      writeFleetState(this.dataDir, this.state());
    } catch (error) {
      // A full disk: the fleet is worth more than the file that describes it.
      this.#note(`state.json could not be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #note(text: string): void {
    this.#log.write(`${new Date().toISOString()} ${text}\n`);
  }
}

/**
 * Starts everything and returns at once; {@link Fleet.whenReady} tells when it serves.
 * @throws UsageError when the folder is in use, or whatever else {@link preflight} finds, before anything is started
 */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const dataDir = resolve(options.dataDir);
  await preflight(options);
  useFolder(dataDir);
  const lock = holdFolder(dataDir, null);
  const ports = new Ports({ env: options.env ?? process.env });
  let fleet: Fleet | null = null;
  try {
    await endLeftovers(dataDir);
    await changeFleetConfig(dataDir, (config) => ({ ...config, sites: sitesToRun(config.sites, options.sites ?? {}) }));
    fleet = new Fleet({ ...options, dataDir }, lock, ports);
    await fleet.startConfiguredSites();
    if (options.simulator !== undefined && options.simulator !== null) fleet.startSimulator(options.simulator);
    return fleet;
  } catch (error) {
    await fleet?.stop();
    ports.release();
    lock.release();
    throw error;
  }
}

function useFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UsageError(`the data folder ${dataDir} cannot be used: ${(error as Error).message}`);
  }
}
