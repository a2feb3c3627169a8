import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processStartTime } from '../../bin/lib/process-identity.mjs';
import type { ProcessSnapshot, ProcessSpec } from './process-spec.js';
import { HopelessStartError } from './supervised-process.js';
import { Supervisor } from './supervisor.js';
import { StandInFolder, rememberingGuardian, until } from './testing/supervised-run.js';

const delays = { firstMs: 20, longestMs: 100, healthyAfterMs: 60_000 };
const isAlive = (pid: number): boolean => processStartTime(pid) !== null;

let folder: StandInFolder;
let supervisor: Supervisor;
let guardian: ReturnType<typeof rememberingGuardian>;
let seen: ProcessSnapshot[][];

beforeEach(() => {
  folder = new StandInFolder();
  guardian = rememberingGuardian();
  seen = [];
  supervisor = new Supervisor({
    guardian,
    logDir: join(folder.dir, 'logs'),
    delays,
    onChange: (snapshots) => seen.push(snapshots),
  });
});
afterEach(async () => {
  await supervisor.kill();
  folder.remove();
});

const snapshotOf = (name: string): ProcessSnapshot | undefined =>
  supervisor.snapshots().find((snapshot) => snapshot.name === name);

describe('a process that goes on running', () => {
  it('is started anew when it says that it has stopped working', async () => {
    supervisor.add([folder.spec('one', ['--fail-once'], { failureLine: /the task is dead/ })]);
    await until('a second start', () => folder.story().filter((event) => event === 'one started').length === 2);
    await supervisor.whenReady();
    expect(seen.flat().map(({ error }) => error)).toContain('one had stopped working: ERROR the task is dead');
    expect(snapshotOf('one')).toMatchObject({ state: 'ready', restarts: 1 });
  });
});

describe('start', () => {
  it('starts a process only when those it depends on are ready', async () => {
    let isReady = false;
    const probe = (): Promise<boolean> => Promise.resolve(isReady);
    supervisor.add([
      folder.spec('base', [], { ready: { kind: 'probe', probe } }),
      folder.spec('upper', [], { dependsOn: ['base'] }),
    ]);
    await until('base runs', () => folder.story().includes('base started'));
    expect(snapshotOf('base')?.state).toBe('starting');
    expect(snapshotOf('upper')?.state).toBe('waiting');
    isReady = true;
    await supervisor.whenReady();
    expect(folder.story()).toEqual(['base started', 'upper started']);
    expect(supervisor.snapshots().map(({ state }) => state)).toEqual(['ready', 'ready']);
  });

  it('counts as ready only after what has to be provided is provided', async () => {
    let provided = false;
    const provision = (): Promise<void> => {
      provided = true;
      return Promise.resolve();
    };
    supervisor.add([folder.spec('one', [], { provision })]);
    await supervisor.whenReady();
    expect(provided).toBe(true);
  });

  it('refuses a name twice and a dependency that is not there', () => {
    supervisor.add([folder.spec('one')]);
    expect(() => supervisor.add([folder.spec('one')])).toThrow('one is there already');
    expect(() => supervisor.add([folder.spec('two', [], { dependsOn: ['none'] })])).toThrow('two depends on none');
  });

  it('gives up, with the reason, when a process dies again and again before it is ready', async () => {
    supervisor.add([folder.spec('bad', ['--not-ready', '--die-after', '10', '--exit', '4'])]);
    await expect(supervisor.whenReady()).rejects.toThrow('bad ended with exit code 4');
    expect(snapshotOf('bad')?.givenUp).toBe(true);
    expect(folder.pids('bad', 'started')).toHaveLength(3);
  });

  it('gives up at once on an exit code that says nothing will help', async () => {
    const flags = ['--not-ready', '--die-after', '10', '--exit', '78'];
    supervisor.add([folder.spec('bad', flags, { hopelessExitCodes: [78] })]);
    await expect(supervisor.whenReady()).rejects.toThrow('exit code 78');
    expect(folder.pids('bad', 'started')).toHaveLength(1);
  });

  it('gives up at once when what the process needs cannot be had', async () => {
    const launch = (): Promise<never> => Promise.reject(new HopelessStartError('no such program here'));
    supervisor.add([folder.spec('bad', [], { launch })]);
    await expect(supervisor.whenReady()).rejects.toThrow('no such program here');
  });

  it('gives up at once, and ends the process, when its probe learns that it can never be ready', async () => {
    const probe = (): Promise<never> => Promise.reject(new HopelessStartError('made with another password'));
    supervisor.add([folder.spec('bad', ['--not-ready'], { ready: { kind: 'probe', probe } })]);
    await expect(supervisor.whenReady()).rejects.toThrow('made with another password');
    await supervisor.stop();
    expect(folder.pids('bad', 'started').filter(isAlive)).toEqual([]);
  });

  it('notices that a process is not ready in time, and ends it', async () => {
    supervisor.add([folder.spec('slow', ['--not-ready'], { readyTimeoutMs: 300 })]);
    await expect(supervisor.whenReady()).rejects.toThrow('slow was not ready within 0.3 s');
    await supervisor.stop();
    expect(folder.pids('slow', 'started').filter(isAlive)).toEqual([]);
  });

  it('says that a program is missing', async () => {
    const launch: ProcessSpec['launch'] = () => Promise.resolve({ file: '/no/such/program', args: [], env: {} });
    supervisor.add([folder.spec('bad', [], { launch })]);
    await expect(supervisor.whenReady()).rejects.toThrow('exit code 127');
    expect(readFileSync(join(folder.dir, 'logs/bad.log'), 'utf8')).toContain('/no/such/program');
  });
});

describe('restart', () => {
  it('starts a process that was killed again, and leaves the others alone', async () => {
    supervisor.add([folder.spec('base'), folder.spec('upper', [], { dependsOn: ['base'] })]);
    await supervisor.whenReady();
    const [first] = folder.pids('base', 'started');
    process.kill(first ?? 0, 'SIGKILL');
    await until('base is back', () => snapshotOf('base')?.restarts === 1 && snapshotOf('base')?.state === 'ready');
    expect(folder.pids('base', 'started')).toHaveLength(2);
    expect(folder.pids('upper', 'started')).toHaveLength(1);
    expect(seen.flat().some(({ name, error }) => name === 'base' && error === 'base was ended by SIGKILL')).toBe(true);
    expect(snapshotOf('base')?.error).toBeNull();
  });

  it('waits longer after each death in a row', async () => {
    supervisor.add([folder.spec('frail', ['--die-after', '30'])]);
    await until('five starts', () => folder.pids('frail', 'started').length >= 5);
    const starts = seen
      .flat()
      .filter(({ name, state }) => name === 'frail' && state === 'starting')
      .map(({ startedAt }) => Date.parse(startedAt ?? ''));
    const distinct = [...new Set(starts)];
    const gaps = distinct.slice(1).map((at, index) => at - (distinct[index] ?? 0));
    expect(Math.min(...gaps.slice(3))).toBeGreaterThanOrEqual(30 + delays.longestMs / 2 - 5);
  });

  it('ends what a dead process left behind before it starts it again', async () => {
    supervisor.add([folder.spec('parent', ['--child'])]);
    await supervisor.whenReady();
    await until('the child is known', () => folder.pids('parent', 'child').length === 1);
    const [child] = folder.pids('parent', 'child');
    process.kill(folder.pids('parent', 'started')[0] ?? 0, 'SIGKILL');
    await until('parent is back', () => snapshotOf('parent')?.restarts === 1);
    // it was sent SIGKILL before; under load the kernel may take a moment to end it
    await until('the child is gone', () => !isAlive(child ?? 0));
  });
});

describe('stop', () => {
  it('stops dependents first and what they depend on after they are gone', async () => {
    supervisor.add([
      folder.spec('broker'),
      folder.spec('store', [], { dependsOn: ['broker'] }),
      folder.spec('service', [], { dependsOn: ['broker', 'store'] }),
    ]);
    await supervisor.whenReady();
    await supervisor.stop();
    const ends = folder.story().filter((event) => !event.endsWith(' started'));
    expect(ends).toEqual([
      'service got-SIGTERM',
      'service ended',
      'store got-SIGTERM',
      'store ended',
      'broker got-SIGTERM',
      'broker ended',
    ]);
    expect(guardian.known.size).toBe(0);
  });

  it('sends a process the signal that its program wants', async () => {
    supervisor.add([folder.spec('database', [], { stopSignal: 'SIGINT' })]);
    await supervisor.whenReady();
    await supervisor.stop();
    expect(folder.story()).toContain('database got-SIGINT');
  });

  it('kills a process that does not stop in time', async () => {
    supervisor.add([folder.spec('stubborn', ['--ignore-stop'], { stopTimeoutMs: 200 })]);
    await supervisor.whenReady();
    await supervisor.stop();
    expect(folder.pids('stubborn', 'started').filter(isAlive)).toEqual([]);
    expect(readFileSync(join(folder.dir, 'logs/stubborn.log'), 'utf8')).toContain('had to be killed');
  });

  it('kills at once when told so while it is stopping', async () => {
    supervisor.add([folder.spec('stubborn', ['--ignore-stop'], { stopTimeoutMs: 60_000 })]);
    await supervisor.whenReady();
    void supervisor.stop();
    await until('it was asked', () => folder.story().includes('stubborn got-SIGTERM'));
    await supervisor.kill();
    expect(folder.pids('stubborn', 'started').filter(isAlive)).toEqual([]);
  });

  it('ends while a start is still waiting for its dependencies or for readiness', async () => {
    supervisor.add([folder.spec('slow', ['--not-ready']), folder.spec('upper', [], { dependsOn: ['slow'] })]);
    await until('slow runs', () => folder.story().includes('slow started'));
    await supervisor.stop();
    expect(supervisor.snapshots().map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    expect(folder.pids('slow', 'started').filter(isAlive)).toEqual([]);
  });
});
