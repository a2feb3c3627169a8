import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processStartTime } from '../../bin/lib/process-identity.mjs';
import { StandInFolder, until } from './testing/supervised-run.js';

const local = fileURLToPath(new URL('../..', import.meta.url));
const isAlive = (pid: number): boolean => processStartTime(pid) !== null;

let folder: StandInFolder;
beforeEach(() => {
  folder = new StandInFolder();
});
afterEach(() => folder.remove());

describe('guardian', () => {
  it('ends every process, stubborn ones too, after the supervisor and its process group were killed', async () => {
    const supervisor = spawn(
      process.execPath,
      [
        `${local}dist/supervisor/testing/doomed-supervisor.js`,
        folder.dir,
        `${local}src/supervisor/testing/stand-in.mjs`,
      ],
      { detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(supervisor.stdout, 'data');
    const pids = ['service', 'database', 'stubborn'].flatMap((name) => folder.pids(name, 'started'));
    expect(pids.filter(isAlive)).toHaveLength(3);
    const guardians = guardiansOf(supervisor.pid ?? 0);
    expect(guardians).toHaveLength(1);

    process.kill(-(supervisor.pid ?? 0), 'SIGKILL');

    await until('all are gone', () => pids.filter(isAlive).length === 0, 20_000);
    expect(folder.story()).toContain('service got-SIGTERM');
    expect(folder.story()).toContain('database got-SIGINT');
    await until('the guardian is gone', () => guardians.filter(isAlive).length === 0);
  });
});

/** The guardians that a supervisor started, while it lives. */
function guardiansOf(supervisor: number): number[] {
  return spawnSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .stdout.split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, ...args]) => Number(parent) === supervisor && args.join(' ').includes('guardian-process.js'))
    .map(([pid]) => Number(pid));
}
