import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '../../bin/lib/process-identity.mjs';

/** A process somebody may have to end without knowing anything else about it. */
export interface EndableProcess extends ProcessIdentity {
  stopSignal: NodeJS.Signals;
}

/**
 * Asks all processes to stop at once and kills those, with their process groups, that are still there after graceMs.
 * A pid that now belongs to somebody else is left alone.
 * @returns the pids that had to be killed
 */
export async function endProcesses(processes: readonly EndableProcess[], graceMs: number): Promise<number[]> {
  for (const process of processes) if (isRunning(process)) signalProcess(process.pid, process.stopSignal);
  const remaining = await waitForEnd(processes, graceMs);
  for (const { pid } of remaining) killGroup(pid);
  await waitForEnd(remaining, 2_000);
  return remaining.map(({ pid }) => pid);
}

/** Kills the process and its group; children of our own are always leaders of their group. */
export function killGroup(pid: number): void {
  signalProcess(-pid, 'SIGKILL');
  signalProcess(pid, 'SIGKILL');
}

/** Sends a signal; a process that is already gone is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function waitForEnd<T extends ProcessIdentity>(processes: readonly T[], deadlineMs: number): Promise<T[]> {
  const until = performance.now() + deadlineMs;
  for (;;) {
    const running = processes.filter((process) => isRunning(process));
    if (running.length === 0 || performance.now() >= until) return running;
    await delay(50);
  }
}
