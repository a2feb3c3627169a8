import { readFileSync } from 'node:fs';
import type { Fleet } from '../support/fleet.js';

/**
 * Proportional set size in MiB of each process of the fleet and all its descendants (shared pages counted once).
 * Source: /proc/PID/smaps_rollup, Linux only.
 */
export function memoryOf(fleet: Fleet, pidsOf: (pid: number) => number[]): { name: string; pssMiB: number }[] {
  return fleet.state.processes.map(({ name, pid }) => ({
    name,
    pssMiB: Math.round((pid === null ? [] : pidsOf(pid)).reduce((sum, each) => sum + pssKiB(each), 0) / 1024),
  }));
}

function pssKiB(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
}
