import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { linuxProcessTable, parseListeningSockets } from './process-table.js';

const table = linuxProcessTable();

describe('the table of sockets', () => {
  it('is read for listening ones alone, of IPv4 and IPv6', () => {
    const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:4E20 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1 0 100 0 0 10 0
   1: 0100007F:4E21 0100007F:1234 01 00000000:00000000 00:00000000 00000000     0        0 778 1 0 100 0 0 10 0
   2: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 779 1 0
`;
    expect(parseListeningSockets(text)).toEqual([
      { address: '0100007F', port: 20_000, inode: '777' },
      { address: '00000000000000000000000000000000', port: 8_080, inode: '779' },
    ]);
    expect(parseListeningSockets('')).toEqual([]);
  });
});

describe.runIf(table !== null)('the processes of this system', () => {
  it('tell who listens on a port', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(linuxProcessTable()?.listenerOn(port)?.pids).toContain(process.pid);
    await new Promise((resolve) => server.close(resolve));
    expect(linuxProcessTable()?.listenerOn(port)).toBeNull();
  });

  it.each([
    ['127.0.0.1', true],
    ['0.0.0.0', false],
  ])('tell whether others can reach whoever listens on %s', async (host, isLoopbackOnly) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    expect(linuxProcessTable()?.isLoopbackOnly(port)).toBe(isLoopbackOnly);
    await new Promise((resolve) => server.close(resolve));
    expect(linuxProcessTable()?.isLoopbackOnly(port)).toBeNull();
  });

  it('tell who is frozen and which variables somebody was started with', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1000)'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { HILUM_EDGE_WEBHOOK_URL: 'http://127.0.0.1:1', HILUM_EMPTY: '' },
    });
    const pid = child.pid ?? expect.fail('not started');
    try {
      await once(child.stdout, 'data');
      expect(table?.isFrozen(pid)).toBe(false);
      expect(table?.hasVariable(pid, 'HILUM_EDGE_WEBHOOK_URL')).toBe(true);
      expect(table?.hasVariable(pid, 'HILUM_EMPTY')).toBe(false);
      expect(table?.hasVariable(pid, 'HILUM_EDGE')).toBe(false);
      child.kill('SIGSTOP');
      await expect.poll(() => table?.isFrozen(pid)).toBe(true);
    } finally {
      child.kill('SIGKILL');
    }
    await once(child, 'exit');
    expect(table?.hasVariable(pid, 'HILUM_EDGE_WEBHOOK_URL')).toBeNull();
    expect(table?.isFrozen(pid)).toBe(false);
  });
});
