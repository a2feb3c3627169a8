import { commandLine } from '../parts/command-line.js';
import { AwayError } from './adapters/away-error.js';
import { failed, skipped, type Check, type CheckResult, type Finding } from './check.js';

/** What a check may take when it says nothing else: a server that hangs is a finding, not a reason to hang as well. */
export const DEFAULT_LIMIT_MS = 15_000;

/** Runs all checks side by side, each within its own time; one result each, in their order. Never throws. */
export function runChecks(checks: readonly Check[], folder: { dataDir: string }): Promise<CheckResult[]> {
  return Promise.all(
    checks.map(async (check) => ({ name: check.name, subject: check.subject, ...(await outcomeOf(check, folder)) })),
  );
}

async function outcomeOf({ run, limitMs = DEFAULT_LIMIT_MS }: Check, folder: { dataDir: string }): Promise<Finding> {
  const overdue = new AbortController();
  const timer = setTimeout(() => overdue.abort(), limitMs);
  const fix = `${commandLine(folder, 'doctor')} once more; ${commandLine(folder, 'status')}`;
  const late = new Promise<Finding>((resolve) => {
    overdue.signal.addEventListener('abort', () =>
      resolve(failed(`gave no answer within ${limitMs / 1000} s`, { fix })),
    );
  });
  try {
    return await Promise.race([attempt(run, overdue.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function attempt(run: Check['run'], signal: AbortSignal): Promise<Finding> {
  try {
    return await run(signal);
  } catch (error) {
    // The check that is about that server says what is wrong with it; once is enough.
    if (error instanceof AwayError) return skipped(error.message);
    return failed(`could not be checked: ${error instanceof Error ? error.message : String(error)}`);
  }
}
