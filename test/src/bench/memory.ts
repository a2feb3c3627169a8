import { readFileSync } from 'node:fs';
import type { Fleet } from '../support/fleet.js';
import { withDescendants } from '../support/process-tree.js';

/** Proportional set size in MiB of each process of the fleet and all its descendants. */
export function memoryOf(fleet: Fleet): { name: string; pssMiB: number }[] {
  return fleet.state.processes.map(({ name, pid }) => ({
    name,
    pssMiB: pid === null ? 0 : Math.round(proportionalMiBOf(pid)),
  }));
}

/**
 * Proportional set size in MiB of a process and all its descendants: pages that they share are counted once.
 * Source: /proc/PID/smaps_rollup, Linux only.
 */
export function proportionalMiBOf(pid: number): number {
  return withDescendants(pid).reduce((sum, each) => sum + pssKiB(each), 0) / 1024;
}

function pssKiB(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
}
