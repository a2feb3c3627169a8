import { createServer, type RequestListener, type Server } from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpEventSink, retryAfterMs } from './http-event-sink.js';

const never = new AbortController().signal;
const REQUEST = { headers: { 'ce-id': '1', 'content-type': 'application/json' }, body: Buffer.from('{}') };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
}

describe('the HTTP sink', () => {
  it('uses connections again for deliveries that follow each other', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      request.resume().on('end', () => response.writeHead(202).end('taken'));
    });
    const sink = new HttpEventSink({ url, timeoutMs: 5_000 });
    for (let i = 0; i < 20; i += 1)
      expect(await sink.post(REQUEST, never)).toMatchObject({ kind: 'answer', status: 202 });
    expect(ports.size).toBeLessThan(5);
  });

  it('reads code and detail of a problem and Retry-After', async () => {
    const url = await serve((_request, response) => {
      response
        .writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '3' })
        .end(JSON.stringify({ code: 'HILUM_STORE_UNAVAILABLE', detail: 'the store is away', status: 503 }));
    });
    expect(await new HttpEventSink({ url, timeoutMs: 5_000 }).post(REQUEST, never)).toEqual({
      kind: 'answer',
      status: 503,
      retryAfterMs: 3_000,
      problem: { code: 'HILUM_STORE_UNAVAILABLE', detail: 'the store is away' },
    });
  });

  it('does not follow a redirect', async () => {
    const url = await serve((_request, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    expect(await new HttpEventSink({ url, timeoutMs: 5_000 }).post(REQUEST, never)).toMatchObject({ status: 302 });
  });

  it('says that there is no connection when nobody listens', async () => {
    const url = await serve(() => undefined);
    server?.close();
    if (server !== undefined) await once(server, 'close');
    expect(await new HttpEventSink({ url, timeoutMs: 5_000 }).post(REQUEST, never)).toEqual({ kind: 'no-connection' });
  });

  it('says that the connection broke when the sink dies with the request in hand', async () => {
    const url = await serve((request) => request.on('data', () => request.socket.destroy()).resume());
    expect(await new HttpEventSink({ url, timeoutMs: 5_000 }).post(REQUEST, never)).toEqual({ kind: 'broken' });
  });

  it('says that the connection broke when the sink dies in the middle of its answer', async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half of it');
      request.on('end', () => setImmediate(() => request.socket.destroy())).resume();
    });
    expect(await new HttpEventSink({ url, timeoutMs: 5_000 }).post(REQUEST, never)).toEqual({ kind: 'broken' });
  });

  it('counts a broken TLS handshake as never connected, for nothing was sent', async () => {
    const url = await serve(() => undefined);
    server?.on('connection', (socket) => socket.destroy());
    const sink = new HttpEventSink({ url: url.replace('http:', 'https:'), timeoutMs: 5_000 });
    expect(await sink.post(REQUEST, never)).toEqual({ kind: 'no-connection' });
  });

  it('says that time ran out when the sink takes the request and is silent', async () => {
    const url = await serve(() => undefined);
    expect(await new HttpEventSink({ url, timeoutMs: 50 }).post(REQUEST, never)).toEqual({ kind: 'timeout' });
  });
});

describe('Retry-After', () => {
  it('is read as seconds or as a date, and ignored when it is neither', () => {
    const now = Date.UTC(2026, 0, 1);
    expect(retryAfterMs('120', now)).toBe(120_000);
    expect(retryAfterMs('Thu, 01 Jan 2026 00:00:05 GMT', now)).toBe(5_000);
    expect(retryAfterMs('soon', now)).toBeNull();
    expect(retryAfterMs(null, now)).toBeNull();
  });
});
