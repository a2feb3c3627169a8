import { allChecks } from '../doctor/all-checks.js';
import { examine } from '../doctor/examination.js';
import { redact, secretsOf } from '../doctor/redact.js';
import { reportText } from '../doctor/report-text.js';
import { runChecks } from '../doctor/run-checks.js';
import { UsageError } from '../fleet/fleet-config.js';
import type { Terminal } from './terminal.js';

/** Exit codes of `hilum doctor`. Warnings alone are no failure; 3 is what `hilum status` says as well. */
const NOTHING_FAILED = 0;
const SOMETHING_FAILED = 1;
const NOT_RUNNING = 3;

const MOST_COLUMNS = 80;

export interface DoctorOptions {
  dataDir: string;
  /** the sites to look at; all when empty */
  sites: readonly string[];
  json: boolean;
  env?: NodeJS.ProcessEnv;
}

/**
 * `hilum doctor`: what is wrong, since when, and what to do. Looks at whatever there is, whether all, half or nothing of
 * it runs.
 * @returns the exit code
 * @throws UsageError for a site that the data folder does not have
 */
export async function doctor({ dataDir, sites, json, env }: DoctorOptions, terminal: Terminal): Promise<number> {
  const examination = examine(dataDir, env);
  const unknown = sites.filter((name) => !examination.sites.includes(name));
  // A folder that knows no site is itself what is wrong.
  if (unknown.length > 0 && examination.sites.length > 0)
    throw new UsageError(`there is no site ${unknown.join(', ')}; there are: ${examination.sites.join(', ')}`);
  const chosen = examination.sites.filter((name) => sites.length === 0 || sites.includes(name));
  const found = await runChecks(allChecks(examination, chosen), examination);
  const secrets = secretsOf(examination.state);
  const checks = found.map(({ name, subject, state, detail, since, fix }) => ({
    name,
    subject,
    state,
    detail: redact(detail, secrets),
    since,
    fix: fix === null ? null : redact(fix, secrets),
  }));
  const at = examination.now();
  const isOk = checks.every(({ state }) => state !== 'failed');
  if (json)
    terminal.out(`${JSON.stringify({ version: 1, at: at.toISOString(), dataDir, ok: isOk, checks }, null, 2)}\n`);
  else {
    const columns = Math.min(MOST_COLUMNS, terminal.columns());
    terminal.out(reportText(checks, { at, dataDir, columns, colours: terminal.hasColours }));
  }
  if (examination.supervisor === null) return NOT_RUNNING;
  return isOk ? NOTHING_FAILED : SOMETHING_FAILED;
}
