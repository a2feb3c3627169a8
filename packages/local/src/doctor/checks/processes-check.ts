import type { ProcessRecord } from '../../fleet/fleet-state.js';
import { commandLine } from '../../parts/command-line.js';
import { processStates } from '../../supervisor/process-spec.js';
import { MACHINE, combine, failed, skipped, warning, type Check, type Finding } from '../check.js';
import { ownerOf, whyNotRunning, type Examination } from '../examination.js';
import { processDownSince, processFix } from '../process-trouble.js';

/** A restart counts as news for so long. */
const RECENT_MS = 10 * 60_000;

/** What is wrong with one process; null when nothing is. @param downSince by supervisor.log, ISO 8601 */
export function processFinding(
  examination: Examination,
  record: ProcessRecord,
  downSince: string | null,
): Finding | null {
  const { name, state, pid, startedAt, restarts, givenUp, error, log } = record;
  const trouble = { since: downSince, fix: processFix(examination, name) };
  const because = error === null ? '' : `: ${error}`;
  const where = `; its log is ${log}`;
  if (state === processStates.ready) {
    if (!examination.isAlive(record)) return failed(`${name} has just ended (pid ${pid ?? '-'})${where}`, trouble);
    if (pid !== null && examination.table?.isFrozen(pid) === true)
      return failed(`${name} is frozen, as by SIGSTOP: it runs but does nothing`, trouble);
    const isRecent = startedAt !== null && examination.now().getTime() - Date.parse(startedAt) < RECENT_MS;
    if (restarts === 0 || !isRecent) return null;
    return warning(`${name} was restarted ${restarts === 1 ? 'once' : `${restarts} times`}, the last time just now`, {
      since: startedAt,
      fix: commandLine(examination, `logs ${name}`),
    });
  }
  if (givenUp) return failed(`${name} does not start, and is tried again now and then${because}${where}`, trouble);
  if (state === processStates.waiting && error === null)
    return warning(`${name} waits for what it needs to start`, { since: downSince });
  if (error === null) return warning(`${name} is ${state}`, { since: downSince });
  return failed(`${name} is ${state}${because}${where}`, trouble);
}

/** Each process of one owner is ready and alive. */
export function processesCheck(examination: Examination, subject: string): Check {
  return {
    name: 'processes',
    subject,
    run: () => {
      const why = whyNotRunning(examination);
      if (why !== null) return skipped(why);
      const own = (examination.state?.processes ?? []).filter(
        ({ name }) => ownerOf(name, examination.sites) === subject,
      );
      if (own.length === 0) return skipped(subject === MACHINE ? 'no simulator was started' : 'none was started');
      const findings = own.flatMap(
        (record) => processFinding(examination, record, processDownSince(examination, record.name)) ?? [],
      );
      return combine(findings, `${own.length} of ${own.length} ready`);
    },
  };
}
