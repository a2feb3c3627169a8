import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { isRunning, type ProcessIdentity } from '../../bin/lib/process-identity.mjs';
import { readFleetConfig, type FleetConfig } from '../fleet/fleet-config.js';
import { stateFile, type FleetState, type ProcessRecord, type SiteState } from '../fleet/fleet-state.js';
import { folderHolder, type FolderHolder, type FolderWork } from '../fleet/supervisor-lock.js';
import { linuxProcessTable, type ProcessTable } from './adapters/process-table.js';

/** What all checks see of a data folder: read once, whatever state it is in, and never written. */
export interface Examination {
  dataDir: string;
  exists: boolean;
  env: NodeJS.ProcessEnv;
  now: () => Date;
  /** null when nothing runs */
  supervisor: ProcessIdentity | null;
  /** a backup or restore that has the folder to itself while nothing runs */
  work: { pid: number; work: FolderWork } | null;
  /** null when it is not there or cannot be read, which `stateProblem` then tells */
  state: FleetState | null;
  stateProblem: string | null;
  config: FleetConfig | null;
  configProblem: string | null;
  /** those of config.json, then those that only state.json knows */
  sites: string[];
  /** null where the system does not tell */
  table: ProcessTable | null;
  isAlive: (process: Pick<ProcessRecord, 'pid' | 'startTime'>) => boolean;
}

/** As much of state.json as the checks rely on; anything more is left alone. */
const fleetState = z.looseObject({
  version: z.literal(1),
  supervisor: z.looseObject({ pid: z.number(), startedAt: z.string(), problem: z.string().nullable() }).nullable(),
  hub: z.looseObject({
    url: z.string(),
    kafka: z.string(),
    kafkaTls: z.looseObject({ ca: z.string(), cert: z.string(), key: z.string() }),
    databaseUrl: z.string(),
    s3: z.looseObject({ endpoint: z.string(), accessKeyId: z.string(), secretAccessKey: z.string() }),
  }),
  sites: z.array(
    z.looseObject({
      name: z.string(),
      url: z.string(),
      inferenceUrl: z.string(),
      kafka: z.string(),
      databaseUrl: z.string(),
      s3: z.looseObject({ endpoint: z.string(), intakeBucket: z.string(), resultsBucket: z.string() }),
    }),
  ),
  processes: z.array(
    z.looseObject({ name: z.string(), pid: z.number().nullable(), state: z.string(), log: z.string() }),
  ),
});

/** Looks at a data folder. Never throws: what cannot be read is told as a problem. */
export function examine(dataDir: string, env: NodeJS.ProcessEnv = process.env): Examination {
  const { state, stateProblem } = readState(dataDir);
  const { config, configProblem } = readConfig(dataDir);
  const holder = holderOf(dataDir);
  const names = [...(config?.sites ?? []), ...(state?.sites ?? []).map(({ name }) => name)];
  return {
    dataDir,
    exists: existsSync(dataDir),
    env,
    now: () => new Date(),
    supervisor: holder === null || holder.work !== null ? null : holder,
    work: holder === null || holder.work === null ? null : { pid: holder.pid, work: holder.work },
    state,
    stateProblem,
    config,
    configProblem,
    sites: [...new Set(names)],
    table: linuxProcessTable(),
    isAlive: ({ pid, startTime }) => pid !== null && startTime !== null && isRunning({ pid, startTime }),
  };
}

function holderOf(dataDir: string): FolderHolder | null {
  try {
    return folderHolder(dataDir);
  } catch {
    return null;
  }
}

function readState(dataDir: string): Pick<Examination, 'state' | 'stateProblem'> {
  const none = (stateProblem: string | null) => ({ state: null, stateProblem });
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(stateFile(dataDir), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return none(null);
    // The parser's own message would show a piece of the file, which is full of secrets.
    return none(error instanceof SyntaxError ? 'state.json is not JSON' : `state.json: ${(error as Error).message}`);
  }
  const parsed = fleetState.safeParse(content);
  if (parsed.success) return { state: content as FleetState, stateProblem: null };
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole').slice(0, 3);
  return none(`state.json is not usable: ${fields.join(', ')}`);
}

function readConfig(dataDir: string): Pick<Examination, 'config' | 'configProblem'> {
  try {
    return { config: readFleetConfig(dataDir), configProblem: null };
  } catch (error) {
    return { config: null, configProblem: (error as Error).message.replace(/\s+/g, ' ') };
  }
}

export function processRecord({ state }: Examination, name: string): ProcessRecord | null {
  return state?.processes.find((candidate) => candidate.name === name) ?? null;
}

export function siteState({ state }: Examination, name: string): SiteState | null {
  return state?.sites.find((candidate) => candidate.name === name) ?? null;
}

/**
 * Why something that needs these processes cannot be looked at, or null when it can be tried. A process that is there
 * but unwell is worth trying.
 */
export function whyNotRunning(examination: Examination, ...processes: string[]): string | null {
  const { supervisor, state, stateProblem } = examination;
  if (supervisor === null) return 'nothing runs here';
  if (state === null) return stateProblem ?? 'there is no state.json';
  const absent = processes.filter((name) => processRecord(examination, name) === null);
  return absent.length === 0 ? null : `${absent.join(' and ')} is not among what was started`;
}

const SITE_KINDS = ['kafka', 'store', 'postgres', 'mirror', 'inference', 'edge', 'dispatcher'];

/** Whose process it is: a site's name, `hub` or `machine`. */
export function ownerOf(name: string, sites: readonly string[]): string {
  const site = sites.find((candidate) => SITE_KINDS.some((kind) => name === `${candidate}-${kind}`));
  return site ?? (name === 'hub' || name.startsWith('hub-') ? 'hub' : 'machine');
}
