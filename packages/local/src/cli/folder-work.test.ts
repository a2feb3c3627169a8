import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '../../bin/lib/process-identity.mjs';
import { createBackup } from '../backup/create-backup.js';
import { examine } from '../doctor/examination.js';
import { preflight } from '../fleet/preflight.js';
import { supervisorLock } from '../fleet/supervisor-lock.js';
import { down } from './down-command.js';
import { addSite } from './site-command.js';
import { status } from './status-command.js';
import { keptTerminal } from './testing/stand-in-edge.js';

let dataDir: string;
let restore: ChildProcess;
let pid: number;

/** A process that holds the folder as a restore does. */
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'hilum-work-'));
  writeFileSync(join(dataDir, 'config.json'), '{"version":1,"sites":["st-agnes"],"ports":{}}');
  restore = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1000)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  pid = restore.pid ?? expect.fail('not started');
  if (restore.stdout !== null) await once(restore.stdout, 'data');
  writeFileSync(supervisorLock(dataDir), JSON.stringify({ ...identityOf(pid), purpose: 'restore' }));
});
afterEach(async () => {
  const ended = restore.exitCode === null && restore.signalCode === null ? once(restore, 'exit') : null;
  restore.kill('SIGKILL');
  await ended;
  rmSync(dataDir, { recursive: true, force: true });
});

describe('while a restore is under way', () => {
  it('up, down and a backup say to wait for it, and end nothing', async () => {
    const wait = (): string => `a restore (pid ${pid}) is under way in ${dataDir}: wait for it, then try again`;
    await expect(preflight({ dataDir })).rejects.toThrow(wait());
    await expect(down({ dataDir, deleteData: true }, keptTerminal())).rejects.toThrow(wait());
    const options = { owners: [], images: false, report: () => undefined, env: {} };
    await expect(createBackup({ ...options, dataDir, to: `${dataDir}-backups` })).rejects.toThrow(wait());
    expect([restore.exitCode, restore.signalCode]).toEqual([null, null]);
  });

  it('status and the doctor tell of it, and take it for no fleet', () => {
    const terminal = keptTerminal();
    expect(status({ dataDir, json: false }, terminal)).toBe(3);
    expect(terminal.written.out).toBe(
      `Nothing runs: a restore (pid ${pid}) is under way in ${dataDir}. Wait for it.\n`,
    );
    const asJson = keptTerminal();
    status({ dataDir, json: true }, asJson);
    expect(JSON.parse(asJson.written.out)).toMatchObject({ running: false, work: { kind: 'restore', pid } });
    expect(examine(dataDir, {})).toMatchObject({ supervisor: null, work: { pid, work: 'restore' } });
  });

  it('a site that is added waits for the next start, and the restore gets no signal', async () => {
    const terminal = keptTerminal();
    expect(await addSite({ dataDir, name: 'north-clinic' }, terminal)).toBe(0);
    expect(terminal.written.out).toContain(`it starts with the next: npx hilum up --data ${dataDir}\n`);
    expect(restore.signalCode).toBeNull();
  });
});
