import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../support/until.js';
import { TcpProxy } from './tcp-proxy.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** A server that sends back what it gets, and a client to it over a proxy. */
async function echoOverProxy(): Promise<{ proxy: TcpProxy; dial: () => { socket: Socket; heard: () => string } }> {
  const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(server);
  const proxy = await TcpProxy.start({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  open.push(proxy);
  return {
    proxy,
    dial: () => {
      const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
      let text = '';
      socket.on('data', (chunk) => (text += String(chunk)));
      open.push({ close: () => socket.destroy() });
      return { socket, heard: () => text };
    },
  };
}

describe('the line between two programs', () => {
  it('carries both ways', async () => {
    const { dial } = await echoOverProxy();
    const { socket, heard } = dial();
    socket.write('hello');
    await until('the echo', () => heard() === 'hello');
  });

  it('breaks connections and refuses new ones while it refuses, and carries again when mended', async () => {
    const { proxy, dial } = await echoOverProxy();
    const first = dial();
    first.socket.write('a');
    await until('the first echo', () => first.heard() === 'a');
    proxy.cut('refused');
    await until('the end of the first connection', () => first.socket.closed);
    const second = dial();
    await until('the end of the second connection', () => second.socket.closed);
    proxy.mend();
    const third = dial();
    third.socket.write('c');
    await until('the third echo', () => third.heard() === 'c');
  });

  it('keeps connections open without a byte while it is silent, and loses none of them when mended', async () => {
    const { proxy, dial } = await echoOverProxy();
    const first = dial();
    first.socket.write('a');
    await until('the first echo', () => first.heard() === 'a');
    proxy.cut('silent');
    first.socket.write('b');
    const second = dial();
    second.socket.write('c');
    await until('the second connection', () => second.socket.readyState === 'open');
    expect(first.heard()).toBe('a');
    proxy.mend();
    await until('what was sent meanwhile', () => first.heard() === 'ab' && second.heard() === 'c');
  });
});
