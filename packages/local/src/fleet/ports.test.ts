import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Ports, portVariable } from './ports.js';

let reservationDir: string;
let opened: { release: () => void }[];
beforeEach(() => {
  reservationDir = mkdtempSync(join(tmpdir(), 'hilum-ports-test-'));
  opened = [];
});
afterEach(() => {
  for (const ports of opened) ports.release();
  rmSync(reservationDir, { recursive: true, force: true });
});

function portsWith(env: NodeJS.ProcessEnv = {}, random?: () => number): Ports {
  const ports = new Ports({ env, reservationDir, ...(random === undefined ? {} : { random }) });
  opened.push(ports);
  return ports;
}

async function takenPort(): Promise<{ port: number; server: Server }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.address() as AddressInfo).port, server };
}

describe('portVariable', () => {
  it('names the variable after the process', () => {
    expect(portVariable('st-agnes-edge')).toBe('HILUM_ST_AGNES_EDGE_PORT');
  });
});

describe('Ports', () => {
  it('gives every name a port of its own, outside the range for outgoing connections', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `p${index}`);
    const ports = Object.values(await portsWith().allocate(names, {}));
    expect(new Set(ports).size).toBe(30);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });

  it('gives the same port as before while it is free', async () => {
    const first = portsWith();
    const before = await first.allocate(['a', 'b'], {});
    first.release();
    expect(await portsWith().allocate(['a', 'b', 'c'], before)).toMatchObject(before);
  });

  it('gives another port when somebody else took the old one', async () => {
    const { port, server } = await takenPort();
    const { a } = await portsWith().allocate(['a'], { a: port });
    expect(a).not.toBe(port);
    server.close();
  });

  it('takes the port that the environment fixes', async () => {
    const { port, server } = await takenPort();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(await portsWith({ HILUM_A_PORT: String(port) }).allocate(['a'], {})).toEqual({ a: port });
  });

  it('refuses a fixed port that is taken, naming the variable', async () => {
    const { port, server } = await takenPort();
    const allocation = portsWith({ HILUM_HUB_KAFKA_PORT: String(port) }).allocate(['hub-kafka'], {});
    await expect(allocation).rejects.toThrow(`HILUM_HUB_KAFKA_PORT=${port}: this port is taken`);
    server.close();
  });

  it('finds everything wrong with the fixed ports, and reserves none', async () => {
    const { port, server } = await takenPort();
    const env = { HILUM_A_PORT: String(port), HILUM_B_PORT: 'x', HILUM_C_PORT: '20500', HILUM_D_PORT: '20500' };
    expect(await portsWith(env).problems(['a', 'b', 'c', 'd', 'e'])).toEqual([
      'HILUM_B_PORT=x: must be a port number, 1 to 65535',
      'HILUM_D_PORT=20500: HILUM_C_PORT is the same port',
      expect.stringMatching(`^HILUM_A_PORT=${port}: this port is taken( by .+ \\(pid ${process.pid}\\))?; free it`),
    ]);
    server.close();
    expect(readdirSync(reservationDir)).toEqual([]);
  });

  it('reports every bad value at once', async () => {
    const env = { HILUM_A_PORT: 'x', HILUM_B_PORT: '70000', HILUM_C_PORT: '20500', HILUM_D_PORT: '20500' };
    const error = await portsWith(env)
      .allocate(['a', 'b', 'c', 'd'], {})
      .catch((reason: unknown) => String(reason));
    for (const variable of ['HILUM_A_PORT', 'HILUM_B_PORT', 'HILUM_D_PORT']) expect(error).toContain(variable);
  });

  it('does not give a port that another fleet has reserved but not bound yet', async () => {
    // The other fleet is another process: a reservation belongs to a process.
    const script = `
      const { tryLock } = await import(${JSON.stringify(new URL('../../bin/lib/file-lock.mjs', import.meta.url).href)});
      tryLock(${JSON.stringify(join(reservationDir, '20000'))});
      process.send('held');
      setInterval(() => {}, 1000);`;
    const { fork } = await import('node:child_process');
    const child = fork('-', [], { execArgv: ['--input-type=module', '-e', script], stdio: 'ignore' });
    try {
      await new Promise((resolve, reject) => child.once('message', resolve).once('exit', reject));
      const chances = [0, 0, 0.5];
      const { a } = await portsWith({}, () => chances.shift() ?? 0.9).allocate(['a'], {});
      expect(a).toBe(26_000);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('takes over the reservation of a fleet that was killed', async () => {
    const script = `
      const { tryLock } = await import(${JSON.stringify(new URL('../../bin/lib/file-lock.mjs', import.meta.url).href)});
      tryLock(${JSON.stringify(join(reservationDir, '20000'))});
      process.kill(process.pid, 'SIGKILL');`;
    spawnSync(process.execPath, ['--input-type=module', '-e', script]);
    const { a } = await portsWith({}, () => 0).allocate(['a'], {});
    expect(a).toBe(20_000);
  });
});
