import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { processesGiven, withDescendants } from './process-tree.js';
import { until } from './until.js';

const ENTRY = `HILUM_TEST_PROCESS_TREE=${process.pid}`;
const LIVES = 'setInterval(() => undefined, 1000)';

function startParent(code: string): ChildProcess {
  const [name = '', value = ''] = ENTRY.split('=');
  return spawn(process.execPath, ['-e', code], { env: { [name]: value }, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function childOf(started: ChildProcess): Promise<number> {
  if (started.stdout === null) throw new Error('not piped');
  return Number(String((await once(started.stdout, 'data'))[0]));
}

afterEach(async () => {
  for (const pid of processesGiven(ENTRY)) process.kill(pid, 'SIGKILL');
  await until('all have ended', () => processesGiven(ENTRY).length === 0);
});

describe('a process tree', () => {
  it('has the children that another thread than the first has begun', async () => {
    const inThread = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(LIVES)}]);
      process.stdout.write(String(child.pid));
      ${LIVES};`;
    const started = startParent(
      `new (require('node:worker_threads').Worker)(${JSON.stringify(inThread)}, { eval: true })`,
    );
    const child = await childOf(started);
    expect(withDescendants(started.pid ?? 0)).toEqual([started.pid, child]);
  });

  it('is empty when the process is gone', async () => {
    const started = startParent('');
    await once(started, 'exit');
    expect(withDescendants(started.pid ?? 0)).toEqual([]);
  });

  it('is found by what its first process was given, also when that has left a child behind', async () => {
    const started = startParent(`
      const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(LIVES)}], { stdio: 'ignore' });
      process.stdout.write(String(child.pid));
      ${LIVES};`);
    const child = await childOf(started);
    expect(processesGiven(ENTRY)).toEqual([started.pid, child]);
    started.kill('SIGKILL');
    await once(started, 'exit');
    expect(processesGiven(ENTRY)).toEqual([child]);
  });
});
