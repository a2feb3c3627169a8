import { readFileSync } from 'node:fs';
import { withDescendants } from '../../support/process-tree.js';

/** Linux tells processor time in hundredths of a second, whatever the machine. */
const MS_PER_TICK = 10;

/** User and system time in milliseconds that a process, its descendants and those of them that have ended have used. */
export function processorMsOf(pid: number): number {
  return withDescendants(pid).reduce((sum, each) => {
    const stat = readFileSync(`/proc/${each}/stat`, 'utf8');
    // behind the program's name, which may hold anything: state is the third field, utime to cstime are 14 to 17
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + fields.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0) * MS_PER_TICK;
  }, 0);
}

/** Resident memory of a process and its descendants, MiB; shared pages count for each. */
export function residentMiBOf(pid: number): number {
  const kiB = withDescendants(pid).map((each) =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${each}/status`, 'utf8'))?.[1] ?? 0),
  );
  return kiB.reduce((sum, value) => sum + value, 0) / 1024;
}
