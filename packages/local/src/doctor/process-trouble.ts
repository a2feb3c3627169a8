import { join } from 'node:path';
import { commandLine } from '../parts/command-line.js';
import { failed, type Finding } from './check.js';
import type { AwayError } from './adapters/away-error.js';
import { processRecord, type Examination } from './examination.js';
import { logLines, notReadySince } from './log-times.js';

/** Since when a process is not ready, by supervisor.log; null when it is, or that is not known. */
export function processDownSince({ dataDir }: Pick<Examination, 'dataDir'>, name: string): string | null {
  return notReadySince(logLines(join(dataDir, 'logs/supervisor.log')), name);
}

/** What to do about a process that does not do its work. */
export function processFix(examination: Examination, name: string): string {
  const record = processRecord(examination, name);
  const logs = commandLine(examination, `logs ${name}`);
  const pid = record?.pid ?? null;
  if (record === null || pid === null || !examination.isAlive(record)) return logs;
  if (examination.table?.isFrozen(pid) === true) return `kill -CONT ${pid}`;
  return `${logs}\nkill ${pid} (the supervisor starts it anew)`;
}

/**
 * The finding of the check that is about this process, whose questions it does not answer.
 * @param since asked for where supervisor.log has no time: the process hangs, but somebody noticed
 */
export async function notAnswering(
  examination: Examination,
  name: string,
  error: AwayError,
  since: () => Promise<string | null> | string | null = () => null,
): Promise<Finding> {
  const record = processRecord(examination, name);
  const isFrozen = typeof record?.pid === 'number' && examination.table?.isFrozen(record.pid) === true;
  const why = isFrozen ? 'its process is frozen, as by SIGSTOP' : error.reason;
  return failed(`${name} does not answer (${why})`, {
    since: processDownSince(examination, name) ?? (await since()),
    fix: processFix(examination, name),
  });
}
