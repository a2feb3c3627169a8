import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readFleetState, type HubState } from '../fleet/fleet-state.js';
import { commandLine } from '../parts/command-line.js';
import { repositoryDir } from '../parts/paths.js';
import { callService, runningFleet } from './site-client.js';
import type { Terminal } from './terminal.js';

const NOTHING_RUNS = 3;

/** The rows since the last anchor are checked first. */
const ANCHOR_LIMIT_MS = 120_000;

interface AnchorAnswer {
  number: number;
  position: number;
  loss: { kept: number; covered: number } | null;
}

/** `hilum audit verify`. @returns 0 when all is as it was, 1 when it is not, 3 when nothing runs or it cannot be told */
export async function verifyAudit(
  { dataDir, json }: { dataDir: string; json: boolean },
  terminal: Terminal,
): Promise<number> {
  const state = readFleetState(dataDir);
  if (state === null || state.supervisor === null) {
    terminal.err(`nothing runs in ${dataDir}; start it with: ${commandLine({ dataDir }, 'up')}\n`);
    return NOTHING_RUNS;
  }
  return runHubProgram('verify-process.js', ['audit', ...(json ? ['--json'] : [])], auditAccess(state.hub), terminal);
}

/** `hilum audit anchor`: has the hub anchor its audit now. @param acceptLoss why rows that were anchored are gone */
export async function anchorAudit(
  { dataDir, acceptLoss }: { dataDir: string; acceptLoss: string | undefined },
  terminal: Terminal,
): Promise<number> {
  const { url, tokens } = runningFleet(dataDir).hub;
  const answer = await callService(
    { name: 'the hub', url, token: tokens.compliance, dataDir },
    '/api/v1/audit/anchors',
    { method: 'POST', body: JSON.stringify(acceptLoss === undefined ? {} : { acceptLoss }) },
    ANCHOR_LIMIT_MS,
  );
  const { number, position, loss } = JSON.parse(answer) as AnchorAnswer;
  if (loss !== null) terminal.out(`It notes that ${lostRows(loss)} lost.\n`);
  else if (acceptLoss !== undefined) terminal.out('No row that was anchored is lost, so there was nothing to note.\n');
  terminal.out(
    position === 0
      ? `The audit has no row${loss === null ? ' yet' : ''}: anchor ${number} covers none.\n`
      : `Anchor ${number} covers the audit up to row ${position}.\n`,
  );
  return 0;
}

function lostRows({ kept, covered }: NonNullable<AnchorAnswer['loss']>): string {
  return covered === kept + 1 ? `row ${covered} is` : `rows ${kept + 1} to ${covered} are`;
}

/** What the hub's checking programs are given of a running fleet: no private key. */
export function auditAccess({ databaseUrl, s3, auditPublicKey }: HubState): Record<string, string> {
  return {
    HILUM_DATABASE_URL: databaseUrl,
    HILUM_S3_ENDPOINT: s3.endpoint,
    HILUM_S3_REGION: s3.region,
    HILUM_S3_ACCESS_KEY_ID: s3.accessKeyId,
    HILUM_S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    HILUM_S3_AUDIT_BUCKET: s3.auditBucket,
    HILUM_HUB_AUDIT_PUBLIC_KEYS: auditPublicKey,
  };
}

/** Runs a program of the hub with this terminal as its own. @returns its exit code */
export function runHubProgram(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
  terminal: Terminal,
): Promise<number> {
  const child = spawn(process.execPath, ['--enable-source-maps', join(repositoryDir, 'hub/dist', file), ...args], {
    // as for this command itself, whose user can do nothing about what the library announces
    env: { PATH: process.env['PATH'] ?? '', AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...env },
    // its progress is written over and over where ours would be
    stdio: ['ignore', 'pipe', terminal.isTerminal ? 'inherit' : 'pipe'],
  });
  child.stdout?.on('data', (chunk) => terminal.out(String(chunk)));
  child.stderr?.on('data', (chunk) => terminal.err(String(chunk)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    // ended by a signal: nothing was told
    child.once('close', (code) => resolve(code ?? NOTHING_RUNS));
  });
}
