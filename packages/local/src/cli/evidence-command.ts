import { createWriteStream, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../fleet/fleet-config.js';
import { readUsableFleetState } from '../fleet/fleet-state.js';
import { commandLine } from '../parts/command-line.js';
import { runHubProgram } from './audit-command.js';
import { NoAnswerError, problemText, runningFleet } from './site-client.js';
import type { Terminal } from './terminal.js';

export interface EvidenceOptions {
  dataDir: string;
  /** ISO 8601, or a day; the hub's defaults when undefined */
  since: string | undefined;
  until: string | undefined;
  out: string;
}

/** `hilum evidence`: fetches one signed pack. The file has its name only when it is whole. @returns the exit code */
export async function fetchEvidence(
  { dataDir, since, until, out }: EvidenceOptions,
  terminal: Terminal,
): Promise<number> {
  const { url, tokens } = runningFleet(dataDir).hub;
  const query = new URLSearchParams();
  for (const [name, value] of [
    ['since', since],
    ['until', until],
  ] as const)
    if (value !== undefined) query.set(name, timeOf(name, value));
  const response = await fetch(`${url}/api/v1/evidence?${query.toString()}`, {
    headers: { authorization: `Bearer ${tokens.compliance}` },
  }).catch((error: unknown) => {
    throw new NoAnswerError(`the hub does not answer at ${url}; see: ${commandLine({ dataDir }, 'status')}`, {
      cause: error,
    });
  });
  if (!response.ok || response.body === null)
    throw new UsageError(`the hub answered ${response.status}: ${problemText(await response.text())}`);
  const partial = `${out}.partial`;
  try {
    await pipeline(Readable.fromWeb(response.body), createWriteStream(partial, { mode: 0o600 }));
    await rename(partial, out);
  } catch (error) {
    await rm(partial, { force: true });
    // a fault of the disk has a name of its own
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    const logs = commandLine({ dataDir }, 'logs hub');
    throw new NoAnswerError(`the hub broke off; its log says why: ${logs}`, { cause: error });
  }
  terminal.out(`${out}\n`);
  return 0;
}

/**
 * `hilum evidence verify`.
 * @param publicKeyFile of the hub; that of the data folder when undefined
 * @returns 0 when the pack is whole and signed, 1 when it is not
 */
export async function verifyEvidence(
  {
    dataDir,
    file,
    publicKeyFile,
    json,
  }: { dataDir: string; file: string; publicKeyFile: string | undefined; json: boolean },
  terminal: Terminal,
): Promise<number> {
  const key =
    publicKeyFile === undefined
      ? readUsableFleetState(dataDir)?.hub.auditPublicKey
      : readFileSync(publicKeyFile, 'utf8');
  const env: Record<string, string> = key === undefined ? {} : { HILUM_HUB_AUDIT_PUBLIC_KEYS: key };
  return runHubProgram('verify-process.js', ['evidence', file, ...(json ? ['--json'] : [])], env, terminal);
}

/** A day is its begin in UTC. */
function timeOf(name: string, value: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw new UsageError(`--${name}: must be a day such as 2026-05-04, or an ISO 8601 time`);
  return isDay ? new Date(time).toISOString() : value;
}
