import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../parts/command-line.js';
import type { ProcessState } from '../supervisor/process-spec.js';
import { writeFileAtomically } from './atomic-file.js';
import { UsageError } from './fleet-config.js';

/** How to reach an S3 store; the account owns every bucket in it. */
export interface StoreAccess {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

export interface HubState {
  url: string;
  tokens: { 'hospital-it': string; 'data-science': string; compliance: string };
  kafka: string;
  /** the same broker as hospitals reach it */
  kafkaWan: string;
  /** the operator's identity: may do everything at the hub's broker */
  kafkaTls: { ca: string; cert: string; key: string };
  databaseUrl: string;
  s3: StoreAccess & { auditBucket: string };
  /** PEM: by which signatures of the audit and of evidence packs are checked */
  auditPublicKey: string;
}

export interface SiteState {
  name: string;
  url: string;
  tokens: { staff: string; 'hospital-it': string };
  inferenceUrl: string;
  kafka: string;
  databaseUrl: string;
  s3: StoreAccess & { intakeBucket: string; resultsBucket: string };
}

export interface ProcessRecord {
  name: string;
  /** null while it does not run */
  pid: number | null;
  log: string;
  state: ProcessState;
  restarts: number;
  givenUp: boolean;
  startedAt: string | null;
  /** the system's mark of when the pid began, which tells it from a later process with the same pid */
  startTime: string | null;
  stopSignal: NodeJS.Signals;
  error: string | null;
}

/**
 * `state.json`: what runs in a data folder and how to reach it. For the operator and for tools: it holds every secret
 * of the fleet, so the file is its owner's alone (mode 0600).
 */
export interface FleetState {
  version: 1;
  /** null when nothing runs; problem: why the last change of config.json could not be followed */
  supervisor: { pid: number; startedAt: string; problem: string | null } | null;
  hub: HubState;
  sites: SiteState[];
  processes: ProcessRecord[];
}

export function stateFile(dataDir: string): string {
  return join(dataDir, 'state.json');
}

export function writeFleetState(dataDir: string, state: FleetState): void {
  writeFileAtomically(stateFile(dataDir), `${JSON.stringify(state, null, 2)}\n`);
}

/**
 * The state last written, or null when nothing ever ran in this folder.
 * @throws UsageError when the file is not what this version writes
 */
export function readFleetState(dataDir: string): FleetState | null {
  let text: string;
  try {
    text = readFileSync(stateFile(dataDir), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOTDIR: the path leads through a file
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
  try {
    const content = JSON.parse(text) as Partial<FleetState> | null;
    const isOurs = content?.version === 1 && [content.sites, content.processes].every(Array.isArray);
    if (isOurs && content.hub !== undefined && content.supervisor !== undefined) return content as FleetState;
  } catch {
    // cut short or garbled: no better than another program's file
  }
  throw new UsageError(
    `${stateFile(dataDir)} is damaged or of another version; it is written anew by: ` +
      `${commandLine({ dataDir }, 'down')}, then ${commandLine({ dataDir }, 'up')}`,
  );
}

/** Like {@link readFleetState}, for those who can do without: null as well when the file is not usable. */
export function readUsableFleetState(dataDir: string): FleetState | null {
  try {
    return readFleetState(dataDir);
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
