import { openAsBlob, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from '../fleet/fleet-config.js';
import {
  NoAnswerError,
  RefusedError,
  answerLimitMs,
  callSite,
  runningFleet,
  siteNamed,
  type RunningSite,
} from './site-client.js';
import type { Terminal } from './terminal.js';

const POLL_MS = 250;
/** An upload is answered when the store has it. */
const UPLOAD_LIMIT_MS = 60_000;

export interface SendOptions {
  dataDir: string;
  files: readonly string[];
  site: string;
  priority?: string | undefined;
  /** Whether to wait for the decision. */
  wait: boolean;
  timeoutMs: number;
}

/** `hilum send`: uploads each file to the site's edge as a study of its own. @returns 1 when one was refused or not decided in time */
export async function send(options: SendOptions, terminal: Terminal): Promise<number> {
  const site = siteNamed(runningFleet(options.dataDir), options.site);
  for (const file of options.files) {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw new UsageError(`${file} is not a file`);
  }
  let exitCode = 0;
  for (const [index, file] of options.files.entries()) {
    try {
      const studyId = await upload(site, file, options.priority);
      if (options.wait)
        terminal.out(`${file}: study ${studyId}: ${await decisionOf(site, studyId, options.timeoutMs)}\n`);
      else terminal.out(`${file}: study ${studyId}\n`);
    } catch (error) {
      terminal.err(`${file}: ${error instanceof Error ? error.message : String(error)}\n`);
      exitCode = 1;
      if (!(error instanceof NoAnswerError)) continue;
      // each would take as long to fail
      const left = options.files.length - index - 1;
      if (left > 0) terminal.err(`${left} more file(s) were not sent\n`);
      break;
    }
  }
  return exitCode;
}

async function upload(site: RunningSite, file: string, priority: string | undefined): Promise<string> {
  const form = new FormData();
  // Under a name of our own: file names of X-rays often hold the patient's.
  form.set('file', await openAsBlob(file, { type: 'application/octet-stream' }), 'image');
  if (priority !== undefined) form.set('priority', priority);
  const init = { method: 'POST', body: form };
  const answer = await callSite<{ studyId: string }>(site, 'staff', '/api/v1/studies', init, UPLOAD_LIMIT_MS);
  return answer.studyId;
}

async function decisionOf(site: RunningSite, studyId: string, timeoutMs: number): Promise<string> {
  const until = performance.now() + timeoutMs;
  while (performance.now() < until) {
    const study = await scoredStudy(site, studyId, answerLimitMs(until - performance.now()));
    if (study !== null) {
      const probability = typeof study.probability === 'number' ? ` (probability ${study.probability.toFixed(3)})` : '';
      return `${study.decision}${typeof study.reason === 'string' ? `, ${study.reason}` : ''}${probability}`;
    }
    await delay(POLL_MS);
  }
  throw new Error(`study ${studyId} has no decision after ${timeoutMs / 1000} s; it is not lost, look at ${site.url}`);
}

/** The study, or null while it is not scored (the edge lists a study once it has an outcome) or the edge is away. */
async function scoredStudy(
  site: RunningSite,
  studyId: string,
  limitMs: number,
): Promise<{ decision: string; probability: number | null; reason: string | null } | null> {
  try {
    return await callSite(site, 'staff', `/api/v1/studies/${encodeURIComponent(studyId)}`, {}, limitMs);
  } catch (error) {
    if (error instanceof NoAnswerError) return null;
    if (error instanceof RefusedError && error.status === 404) return null;
    throw error;
  }
}
