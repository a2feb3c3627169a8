import { isRunning } from '../../bin/lib/process-identity.mjs';
import { endProcesses, type EndableProcess } from '../supervisor/end-processes.js';
import { readUsableFleetState, writeFleetState } from './fleet-state.js';

/** What still runs of those that state.json names; none when the file cannot be used. */
export function leftoversOf(dataDir: string): EndableProcess[] {
  const leftovers: EndableProcess[] = [];
  for (const { pid, startTime, stopSignal } of readUsableFleetState(dataDir)?.processes ?? []) {
    if (pid !== null && startTime !== null && isRunning({ pid, startTime }))
      leftovers.push({ pid, startTime, stopSignal });
  }
  return leftovers;
}

/** Ends what a supervisor that was killed, and its guardian with it, may have left running. */
export async function endLeftovers(dataDir: string): Promise<void> {
  await endProcesses(leftoversOf(dataDir), 10_000);
  const state = readUsableFleetState(dataDir);
  // a supervisor that was killed could not write that it and its processes are gone
  if (state !== null && state.supervisor !== null)
    writeFleetState(dataDir, { ...state, supervisor: null, processes: [] });
}
