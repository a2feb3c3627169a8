import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOf, isRunning, type ProcessIdentity } from '@hilum/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import { ProcessRecord, endAllIn, ownerlessFolders, runningIn, killAllIn } from './process-record.js';

let parent: string;
let started: ChildProcess[];
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'hilum-clusters-'));
  started = [];
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(parent, { recursive: true, force: true });
});

describe('the record of processes', () => {
  it('ends what it names, and nobody who was given the same pid since', async () => {
    const folder = join(parent, 'fleet');
    const [ours, theirs] = [sleeper(), sleeper()];
    const record = new ProcessRecord(folder, null);
    record.add({ name: 'ours', ...ours });
    record.add({ name: 'had the pid before', pid: theirs.pid, startTime: 'long ago' });
    expect(runningIn(folder).map(({ name }) => name)).toEqual(['ours']);
    expect(await endAllIn(folder)).toBe(1);
    expect(isRunning(ours)).toBe(false);
    expect(isRunning(theirs)).toBe(true);
  });

  it('ends all of them when there is no time to wait', async () => {
    const folder = join(parent, 'fleet');
    const [ours, theirs] = [sleeper(), sleeper()];
    const record = new ProcessRecord(folder, identityOf());
    record.add({ name: 'ours', ...ours });
    record.add({ name: 'had the pid before', pid: theirs.pid, startTime: 'long ago' });
    killAllIn(folder);
    await until('it is gone', () => Promise.resolve(!isRunning(ours)));
    expect(isRunning(theirs)).toBe(true);
    killAllIn(folder);
  });

  it('counts as left behind when its owner is gone, but not while the owner runs', () => {
    new ProcessRecord(join(parent, 'of-a-dead-run'), { pid: process.pid, startTime: 'long ago' });
    new ProcessRecord(join(parent, 'of-a-running-one'), identityOf());
    new ProcessRecord(join(parent, 'of-nobody'), null);
    expect(ownerlessFolders(parent).sort()).toEqual([join(parent, 'of-a-dead-run'), join(parent, 'of-nobody')]);
  });

  it('has nothing to end where nothing was started', async () => {
    expect(await endAllIn(join(parent, 'never'))).toBe(0);
    expect(ownerlessFolders(join(parent, 'never'))).toEqual([]);
  });
});

function sleeper(): ProcessIdentity {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
  started.push(child);
  const identity = child.pid === undefined ? null : identityOf(child.pid);
  if (identity === null) throw new Error('no process');
  return identity;
}
