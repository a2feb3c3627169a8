import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessState } from '../supervisor/process-spec.js';
import { writeFileAtomically } from './atomic-file.js';

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
  s3: StoreAccess;
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

/** The state last written, or null when nothing ever ran in this folder. */
export function readFleetState(dataDir: string): FleetState | null {
  try {
    return JSON.parse(readFileSync(stateFile(dataDir), 'utf8')) as FleetState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
