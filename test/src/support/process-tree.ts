import { readFileSync, readdirSync } from 'node:fs';

/** A process and its descendants, from /proc, whichever of its threads began them; empty when it is gone. */
export function withDescendants(pid: number): number[] {
  const threads = unlessGone(() => readdirSync(`/proc/${pid}/task`));
  if (threads === null) return [];
  const children = threads.flatMap((thread) => {
    const list = unlessGone(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'));
    return (list ?? '').trim().split(' ').filter(Boolean).map(Number);
  });
  return [pid, ...children.flatMap(withDescendants)];
}

/**
 * Processes that were started with this in their environment (`NAME=value`) and live: a process and what it began, also when
 * it has ended and left them behind. Those of other users are not seen.
 */
export function processesGiven(entry: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const environment = unlessGone(() => readFileSync(`/proc/${pid}/environ`, 'utf8'));
      return environment?.split('\0').includes(entry) ?? false;
    })
    .map(Number);
}

/** null when a process or thread has ended meanwhile, or is not ours to look into. */
function unlessGone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
