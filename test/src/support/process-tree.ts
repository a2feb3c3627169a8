import { readFileSync } from 'node:fs';

/** A process and its descendants, from /proc; empty when it is gone. */
export function withDescendants(pid: number): number[] {
  let children: number[];
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return [pid, ...children.flatMap(withDescendants)];
}
