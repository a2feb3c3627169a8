import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpConnection, postRequest } from './http-connection.js';

const DEADLINE_MS = 5000;
let server: Server | undefined;

async function serve(listener: RequestListener): Promise<URL> {
  server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/score?of=it`);
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
  server = undefined;
});

describe('a connection of the load client', () => {
  it('sends one request after the other and reads each answer whole', async () => {
    let connections = 0;
    const url = await serve((request, response) => {
      void buffer(request).then((body) => {
        const said = Buffer.concat([
          Buffer.from(`${request.method} ${request.url} ${String(request.headers['x-a'])} `),
          body,
        ]);
        response.writeHead(body.length > 3 ? 200 : 422, { 'X-Said': 'yes', 'Content-Length': said.length });
        // in two parts, so that the head comes without the body
        response.write(said.subarray(0, 5), () => response.end(said.subarray(5)));
      });
    });
    server?.on('connection', () => (connections += 1));
    const connection = await HttpConnection.open(url, DEADLINE_MS);
    const answers = [];
    for (const body of ['abcd', 'ab', '']) {
      const {
        status,
        headers,
        body: said,
      } = await connection.send(postRequest(url, { 'X-A': '1' }, Buffer.from(body)));
      answers.push([status, headers.get('x-said'), said.toString()]);
    }
    expect(answers).toEqual([
      [200, 'yes', 'POST /score?of=it 1 abcd'],
      [422, 'yes', 'POST /score?of=it 1 ab'],
      [422, 'yes', 'POST /score?of=it 1 '],
    ]);
    expect(connections).toBe(1);
    connection.close();
  });

  it('refuses an answer that does not tell its length', async () => {
    const url = await serve((_request, response) => {
      response.write('a');
      response.end('b');
    });
    const connection = await HttpConnection.open(url, DEADLINE_MS);
    await expect(connection.send(postRequest(url, {}, Buffer.alloc(1)))).rejects.toThrow(
      'an answer that does not tell its length: HTTP/1.1 200 OK',
    );
    expect(connection.isOpen).toBe(false);
  });

  it('fails when the server closes instead of answering, and is closed then', async () => {
    const url = await serve((request) => request.socket.destroy());
    const connection = await HttpConnection.open(url, DEADLINE_MS);
    await expect(connection.send(postRequest(url, {}, Buffer.alloc(1)))).rejects.toThrow(/closed|ECONNRESET/);
    expect(connection.isOpen).toBe(false);
    await expect(connection.send(postRequest(url, {}, Buffer.alloc(1)))).rejects.toThrow('closed');
  });

  it('fails when there is no answer in time', async () => {
    const url = await serve(() => undefined);
    const connection = await HttpConnection.open(url, 50);
    await expect(connection.send(postRequest(url, {}, Buffer.alloc(1)))).rejects.toThrow('does not answer');
  });

  it('takes one request at a time', async () => {
    const url = await serve(() => undefined);
    const connection = await HttpConnection.open(url, DEADLINE_MS);
    const first = connection.send(postRequest(url, {}, Buffer.alloc(1)));
    await expect(connection.send(postRequest(url, {}, Buffer.alloc(1)))).rejects.toThrow('still awaited');
    connection.close();
    await expect(first).rejects.toThrow('closed');
  });

  it('fails where nobody listens', async () => {
    const url = await serve(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    await expect(HttpConnection.open(url, DEADLINE_MS)).rejects.toThrow('ECONNREFUSED');
  });
});
