import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UsageError, changeFleetConfig } from '../fleet/fleet-config.js';
import { readFleetState } from '../fleet/fleet-state.js';
import { folderProblem } from '../fleet/folder-problem.js';
import { siteNameProblem } from '../fleet/site-name-rule.js';
import { folderHolder } from '../fleet/supervisor-lock.js';
import { commandLine } from '../parts/command-line.js';
import { processStates } from '../supervisor/process-spec.js';
import { signalProcess } from '../supervisor/end-processes.js';
import { RELOAD_SIGNAL, lastLines } from './serve-fleet.js';
import type { Terminal } from './terminal.js';

const READY_DEADLINE_MS = 240_000;
const SITE_PROCESSES = ['kafka', 'store', 'postgres', 'mirror', 'edge', 'dispatcher', 'inference'];

/** `hilum site add NAME`: records the site; a running fleet brings it up while all else keeps running. @returns the exit code */
export async function addSite(
  { dataDir, name }: { dataDir: string; name: string },
  terminal: Terminal,
): Promise<number> {
  const problem = siteNameProblem(name) ?? folderProblem('the data folder', dataDir, 'choose another --data');
  if (problem !== null) throw new UsageError(problem);
  await changeFleetConfig(dataDir, (config) => {
    if (config.sites.includes(name)) throw new UsageError(`there is a site ${name} already`);
    return { ...config, sites: [...config.sites, name] };
  });
  const holder = folderHolder(dataDir);
  if (holder === null || holder.work !== null) {
    terminal.out(`${name} is added; it starts with the next: ${commandLine({ dataDir }, 'up')}\n`);
    return 0;
  }
  signalProcess(holder.pid, RELOAD_SIGNAL);
  terminal.err(`starting ${name} …\n`);
  const until = performance.now() + READY_DEADLINE_MS;
  while (performance.now() < until) {
    const state = readFleetState(dataDir);
    if (folderHolder(dataDir) === null)
      throw new UsageError(`the supervisor stopped; ${name} starts with the next: ${commandLine({ dataDir }, 'up')}`);
    const following = state?.supervisor?.problem ?? null;
    if (following !== null) throw new UsageError(following);
    const names = SITE_PROCESSES.map((kind) => `${name}-${kind}`);
    const processes = state?.processes.filter((process) => names.includes(process.name)) ?? [];
    const failed = processes.find(({ givenUp }) => givenUp);
    if (failed !== undefined) {
      terminal.err(`${failed.error ?? `${failed.name} failed`} (it is tried again); the end of ${failed.log}:\n`);
      for (const line of lastLines(failed.log, 12)) terminal.err(`  ${line}\n`);
      return 1;
    }
    if (processes.length > 0 && processes.every((process) => process.state === processStates.ready)) {
      const site = state?.sites.find((candidate) => candidate.name === name);
      terminal.out(`${name} is ready: worklist ${site?.url ?? ''}, staff token ${site?.tokens.staff ?? ''}\n`);
      return 0;
    }
    await delay(200);
  }
  throw new UsageError(`${name} was not ready within ${READY_DEADLINE_MS / 1000} s; see ${join(dataDir, 'logs')}`);
}
