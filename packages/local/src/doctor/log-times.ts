import { existsSync, readFileSync } from 'node:fs';

/** All lines of a rotating log, the older file first; none when it cannot be read. */
export function logLines(path: string): string[] {
  return [`${path}.1`, path].flatMap((file) => {
    if (!existsSync(file)) return [];
    try {
      return readFileSync(file, 'utf8').split('\n');
    } catch {
      return [];
    }
  });
}

const STATE_LINE = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) (\S+) (waiting|starting|ready|restarting|stopping|stopped)\b/;

/** Since when a process is not ready, as supervisor.log tells; null when it is ready or was never heard of. */
export function notReadySince(supervisorLog: readonly string[], name: string): string | null {
  let since: string | null = null;
  for (const line of supervisorLog) {
    const [, time, process, state] = STATE_LINE.exec(line) ?? [];
    if (process !== name || time === undefined) continue;
    since = state === 'ready' ? null : (since ?? time);
  }
  return since;
}

/** When the supervisor last stopped in order; null when it runs, or ended in another way. */
export function stoppedAt(supervisorLog: readonly string[]): string | null {
  const last = supervisorLog.findLast((line) => line !== '') ?? '';
  return /^(\d{4}-\d\d-\d\dT[\d:.]+Z) stopped$/.exec(last)?.[1] ?? null;
}

/**
 * Since when one of a service's own tasks is held up, as its log tells; null when it is not.
 * @param what the task as the log names it, such as "the reconciler"
 */
export function heldUpSince(serviceLog: readonly string[], what: string): string | null {
  let since: string | null = null;
  for (const line of serviceLog) {
    const entry = logEntry(line);
    if (entry === null) continue;
    if (entry.msg === `${what} is held up`) since ??= entry.time;
    // a new process says it again if it is so
    if (entry.msg === `${what} works again` || entry.msg === 'started') since = null;
  }
  return since;
}

/** The time of the last line that has one; null when none has. */
export function lastTime(log: readonly string[]): string | null {
  for (const line of log.toReversed()) {
    const time = logEntry(line)?.time ?? /^(?:--- )?(\d{4}-\d\d-\d\dT[\d:.]+Z) /.exec(line)?.[1];
    if (time !== undefined) return time;
  }
  return null;
}

function logEntry(line: string): { time: string; msg: unknown } | null {
  if (!line.startsWith('{')) return null;
  try {
    const { time, msg } = JSON.parse(line) as Record<string, unknown>;
    return typeof time === 'string' ? { time, msg } : null;
  } catch {
    return null;
  }
}
