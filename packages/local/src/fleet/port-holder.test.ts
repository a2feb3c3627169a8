import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { portHolder, socketInodesOf } from './port-holder.js';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const line = (local: string, state: string, inode: number): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000`;

describe('socketInodesOf', () => {
  it('finds who listens, in both tables, and not who is only connected from that port', () => {
    const tables = [
      `${HEAD}\n${line('0100007F:1F90', '0A', 11)}\n${line('0100007F:1F91', '0A', 12)}\n${line('0100007F:1F90', '01', 13)}\n`,
      `${HEAD}\n${line('00000000000000000000000000000000:1F90', '0A', 14)}\n`,
    ];
    expect(socketInodesOf(tables, 8080)).toEqual(new Set(['11', '14']));
  });

  it('finds a client that has the port when nobody listens, and no connection that is over', () => {
    const tables = [`${HEAD}\n${line('0100007F:1F90', '01', 13)}\n${line('0100007F:1F90', '06', 0)}\n`];
    expect(socketInodesOf(tables, 8080)).toEqual(new Set(['13']));
  });
});

describe.runIf(process.platform === 'linux')('portHolder', () => {
  it('names the process that listens, and nobody once it has gone', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.address() as AddressInfo;
    expect(portHolder(port)).toEqual({ pid: process.pid, command: expect.stringMatching(/\w/) as unknown });
    await new Promise((resolve) => server.close(resolve));
    expect(portHolder(port)).toBeNull();
  });
});
