import { join } from 'node:path';
import { commandLine } from '../../parts/command-line.js';
import { MACHINE, failed, ok, skipped, warning, type Check, type Finding } from '../check.js';
import { workUnderWay } from '../../fleet/supervisor-lock.js';
import type { Examination } from '../examination.js';
import { logLines, stoppedAt } from '../log-times.js';

/** @param stopped when the supervisor last stopped in order, ISO 8601; null when it did not */
export function supervisorFinding(examination: Examination, stopped: string | null): Finding {
  const { exists, supervisor, work, state, sites } = examination;
  const up = commandLine(examination, 'up');
  if (!exists) return skipped('there is no data folder');
  if (work !== null)
    return warning(`nothing runs: ${workUnderWay(examination.dataDir, work)}`, { fix: `wait for it, then: ${up}` });
  if (supervisor === null) {
    const left = (state?.processes ?? []).filter((record) => examination.isAlive(record));
    if (left.length > 0)
      return failed(`the supervisor is gone but left running: ${left.map(({ name }) => name).join(', ')}`, {
        fix: `${commandLine(examination, 'down')} && ${up}`,
      });
    if (state !== null && state.supervisor !== null)
      return failed(`the supervisor (pid ${state.supervisor.pid}) ended without stopping what it ran`, { fix: up });
    return warning('nothing runs in this data folder', { since: stopped, fix: up });
  }
  const problem = state?.supervisor?.problem ?? null;
  if (problem !== null)
    return failed(`config.json could not be followed: ${problem}`, {
      fix: `mend that, then: ${commandLine(examination, 'down')} && ${up}`,
    });
  const missing = sites.filter((name) => state !== null && !state.sites.some((site) => site.name === name));
  if (missing.length > 0)
    return failed(`in config.json but not running: ${missing.join(', ')}`, {
      fix: `${commandLine(examination, 'down')} && ${up}`,
    });
  return ok(`the supervisor runs (pid ${supervisor.pid}, since ${state?.supervisor?.startedAt ?? 'unknown'})`);
}

/** Whether the one process that all others hang on is there. */
export function supervisorCheck(examination: Examination): Check {
  return {
    name: 'supervisor',
    subject: MACHINE,
    run: () => supervisorFinding(examination, stoppedAt(logLines(join(examination.dataDir, 'logs/supervisor.log')))),
  };
}
