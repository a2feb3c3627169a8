import { readFleetState, type FleetState } from '../fleet/fleet-state.js';
import { folderHolder, workUnderWay } from '../fleet/supervisor-lock.js';
import { commandLine } from '../parts/command-line.js';
import { processStates } from '../supervisor/process-spec.js';
import type { Terminal } from './terminal.js';
import { textTable } from './text-table.js';

/** Exit codes of `hilum status`; 3 is what service managers use for "not running". */
const ALL_READY = 0;
const NOT_ALL_READY = 1;
const NOT_RUNNING = 3;

/** `hilum status`: what runs, without any secret. @returns the exit code */
export function status({ dataDir, json }: { dataDir: string; json: boolean }, terminal: Terminal): number {
  const holder = folderHolder(dataDir);
  const work = holder?.work ?? null;
  const isRunning = holder !== null && work === null;
  const state = isRunning ? readFleetState(dataDir) : null;
  const processes = state?.processes ?? [];
  const ready = processes.filter((process) => process.state === processStates.ready);
  const isReady = isRunning && processes.length > 0 && ready.length === processes.length;
  if (json) {
    const { supervisor, hub, sites } = state ?? { supervisor: null, hub: null, sites: [] };
    terminal.out(
      `${JSON.stringify(
        {
          dataDir,
          running: isRunning,
          ready: isReady,
          supervisor,
          hub: hub === null ? null : { url: hub.url },
          sites: sites.map(({ name, url }) => ({ name, url })),
          processes,
          work: holder === null || work === null ? null : { kind: work, pid: holder.pid },
        },
        null,
        2,
      )}\n`,
    );
  } else if (holder !== null && work !== null) {
    terminal.out(`Nothing runs: ${workUnderWay(dataDir, { pid: holder.pid, work })}. Wait for it.\n`);
  } else if (state === null) {
    terminal.out(`Nothing runs in ${dataDir}. Start it with: ${commandLine({ dataDir }, 'up')}\n`);
  } else {
    terminal.out(`${table(state)}\n${ready.length} of ${processes.length} processes ready in ${dataDir}\n`);
  }
  if (!isRunning) return NOT_RUNNING;
  return isReady ? ALL_READY : NOT_ALL_READY;
}

function table({ processes }: FleetState): string {
  return textTable([
    ['PROCESS', 'STATE', 'PID', 'RESTARTS', 'SINCE', ''],
    ...processes.map(({ name, state, pid, restarts, startedAt, error }) => [
      name,
      state,
      pid === null ? '-' : String(pid),
      String(restarts),
      startedAt?.replace(/\.\d+Z$/, 'Z') ?? '-',
      error ?? '',
    ]),
  ]);
}
