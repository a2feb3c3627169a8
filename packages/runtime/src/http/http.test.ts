import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../log/logger.js';
import { Readiness } from '../lifecycle/run-process.js';
import { createRegistry } from '../metrics/metrics.js';
import { createHttpApp, listen } from './http-server.js';
import { Problem } from './problem.js';
import { SESSION_SECONDS, SignIn } from './sign-in.js';

const tokens = { staff: 'staff-token-1', 'hospital-it': 'it-token-2' };
let now = Date.parse('2026-11-23T12:00:00Z');
let close: ((lastAnswersMs?: number) => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

async function start(): Promise<{ url: string; readiness: Readiness; logged: string[] }> {
  const logged: string[] = [];
  const readiness = new Readiness();
  const signIn = new SignIn(tokens, { now: () => now });
  const app = createHttpApp({
    log: createLogger({
      process: 'test',
      level: 'info',
      destination: { write: (line: string) => void logged.push(line) },
    }),
    registry: createRegistry(),
    readiness,
    routes: (routes) => {
      signIn.addRoutes(routes);
      routes.get('/it', signIn.require('hospital-it'), (_request, response) => void response.json({ ok: true }));
      routes.get('/busy', () => {
        throw new Problem(503, 'HILUM_TEST_BUSY', 'Busy', 'come back later', { retryAfterSeconds: 7 });
      });
      routes.get('/broken', () => {
        throw new Error('inner detail');
      });
    },
  });
  const server = await listen(app, '127.0.0.1', 0);
  close = server.close;
  return { url: `http://127.0.0.1:${server.port}`, readiness, logged };
}

describe('an HTTP service', () => {
  it('is alive while it is not ready, and says what it waits for', async () => {
    const { url, readiness } = await start();
    readiness.set('model', false);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ code: 'HILUM_HTTP_NOT_READY', detail: 'waiting for: model' });
    readiness.set('model', true);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('tells of its first answer, also when an earlier request still waits, and of one that is broken off', async () => {
    for (const isAnswered of [true, false]) {
      let hasCome = (): void => undefined;
      const comes = new Promise<void>((resolve) => (hasCome = resolve));
      const app = createHttpApp({
        log: createLogger({ process: 'test', level: 'info', destination: { write: () => undefined } }),
        registry: createRegistry(),
        readiness: new Readiness(),
        routes: (routes) => void routes.get('/waits', () => hasCome()),
      });
      const server = await listen(app, '127.0.0.1', 0);
      close = server.close;
      let isTold = false;
      void server.firstAnswer.then(() => (isTold = true));
      const breaking = new AbortController();
      const waiting = fetch(`http://127.0.0.1:${server.port}/waits`, { signal: breaking.signal });
      const broken = expect(waiting).rejects.toThrow();
      await comes;
      expect(isTold).toBe(false);
      if (isAnswered) await fetch(`http://127.0.0.1:${server.port}/healthz`);
      else breaking.abort();
      await server.firstAnswer;
      breaking.abort();
      await broken;
      await server.close();
      close = undefined;
    }
  });

  it('answers problems in the form of RFC 9457', async () => {
    const { url } = await start();
    const busy = await fetch(`${url}/busy`);
    expect(busy.status).toBe(503);
    expect(busy.headers.get('retry-after')).toBe('7');
    expect(busy.headers.get('content-type')).toContain('application/problem+json');
    expect(await busy.json()).toEqual({
      type: 'urn:hilum:problem:HILUM_TEST_BUSY',
      title: 'Busy',
      status: 503,
      code: 'HILUM_TEST_BUSY',
      detail: 'come back later',
    });
    expect((await fetch(`${url}/nowhere`)).status).toBe(404);
  });

  it('tells nothing of an unexpected error outside, and logs it', async () => {
    const { url, logged } = await start();
    const answer = await fetch(`${url}/broken`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('inner detail');
    expect(logged.join('')).toContain('inner detail');
  });

  it('refuses malformed JSON as the caller’s mistake', async () => {
    const { url } = await start();
    const answer = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"token":',
    });
    expect(answer.status).toBe(400);
  });

  it('keeps connections for longer than proxies do, and yet stops at once', async () => {
    const { url } = await start();
    const agent = new Agent({ keepAlive: true });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${url}/healthz`, { agent }, resolve).once('error', reject);
    });
    const ended = once(answer.socket, 'close');
    answer.resume();
    await once(answer, 'end');
    expect(answer.headers['keep-alive']).toBe('timeout=95');
    await close?.();
    await ended;
    agent.destroy();
  });

  it('sends whoever goes on asking while it stops to another instance', async () => {
    const { url } = await start();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const ended = once(socket, 'end');
    const received: string[] = [];
    socket.on('data', (bytes) => received.push(bytes.toString()));
    // answered when its body is there, which keeps the stop waiting
    socket.write(
      'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{',
    );
    await once(socket, 'connect');
    await fetch(`${url}/healthz`);
    const closed = close?.();
    socket.write('}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await Promise.all([closed, ended]);
    expect(received.join('')).toMatch(/ 400 [^]* 200 OK\r\n[^]*Connection: close\r\n/);
  });

  it('does not wait for the rest of a body that never comes', async () => {
    const { url } = await start();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const ended = once(socket, 'close');
    socket.write(
      'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{',
    );
    await once(socket, 'connect');
    await fetch(`${url}/healthz`);
    await close?.(50);
    await ended;
  });

  describe('asked before a body is sent', () => {
    /** All that is received for a head, and for a body once the server has told to go on. */
    async function exchange(head: string, body: string): Promise<string> {
      const { url } = await start();
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      let received = '';
      socket.on('data', (bytes) => {
        const isFirst = received === '';
        received += bytes.toString();
        if (isFirst && received.startsWith('HTTP/1.1 100 ')) socket.write(`${body}${last}`);
      });
      const last = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
      socket.write(`${head}\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\n\r\n`);
      await once(socket, 'end');
      socket.destroy();
      return received;
    }

    it.each([
      ['of a length', 'Content-Length: 12', '{"token":""}'],
      ['in chunks', 'Transfer-Encoding: chunked', 'c\r\n{"token":""}\r\n0\r\n\r\n'],
    ])('tells to go on with one %s when it is read, and keeps the connection', async (_what, header, body) => {
      const received = await exchange(`POST /api/v1/session HTTP/1.1\r\n${header}`, body);
      expect(received).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 401 [^]*HTTP\/1.1 200 OK\r\n/);
    });

    it('answers what is refused without it, and then takes nothing more on the connection', async () => {
      const received = await exchange('POST /nowhere HTTP/1.1\r\nContent-Length: 12', '');
      expect(received).toMatch(/^HTTP\/1.1 404 [^]*\r\nConnection: close\r\n/);
      expect(received).toContain('application/problem+json');
    });

    it('counts as a first answer', async () => {
      const app = createHttpApp({
        log: createLogger({ process: 'test', level: 'silent' }),
        registry: createRegistry(),
        readiness: new Readiness(),
        routes: () => undefined,
      });
      const server = await listen(app, '127.0.0.1', 0);
      close = server.close;
      const socket = connect(server.port, '127.0.0.1');
      socket.write('POST /nowhere HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n');
      await server.firstAnswer;
      socket.destroy();
    });
  });

  it('says which address it could not listen on', async () => {
    const { url } = await start();
    const app = createHttpApp({
      log: createLogger({ process: 'test', level: 'silent' }),
      registry: createRegistry(),
      readiness: new Readiness(),
      routes: () => undefined,
    });
    const port = Number(new URL(url).port);
    await expect(listen(app, '127.0.0.1', port)).rejects.toThrow(`127.0.0.1:${port} (EADDRINUSE)`);
  });
});

describe('sign-in', () => {
  const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });

  async function openSession(url: string, token: string): Promise<Response> {
    return fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
  }

  it('lets the right role through, 403 for another, 401 for nobody', async () => {
    const { url } = await start();
    expect((await fetch(`${url}/it`, bearer(tokens['hospital-it']))).status).toBe(200);
    expect((await fetch(`${url}/it`, bearer(tokens.staff))).status).toBe(403);
    expect((await fetch(`${url}/it`, bearer('it-token-'))).status).toBe(401);
    expect((await fetch(`${url}/it`)).status).toBe(401);
  });

  it('gives browsers an HttpOnly, SameSite=Strict session for a token', async () => {
    const { url } = await start();
    const opened = await openSession(url, tokens['hospital-it']);
    expect(opened.status).toBe(201);
    expect(await opened.json()).toEqual({ role: 'hospital-it', method: 'token' });
    const cookie = opened.headers.get('set-cookie') ?? '';
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect(cookie).not.toContain(tokens['hospital-it']);
    const session = { headers: { cookie: cookie.split(';')[0] ?? '' } };
    expect((await fetch(`${url}/it`, session)).status).toBe(200);
    expect((await openSession(url, 'guess')).status).toBe(401);
  });

  it('ends a session after a shift and refuses one that was altered', async () => {
    const { url } = await start();
    const cookie = ((await openSession(url, tokens.staff)).headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const session = (value: string): RequestInit => ({ headers: { cookie: value } });
    expect((await fetch(`${url}/api/v1/session`, session(cookie))).status).toBe(200);
    expect((await fetch(`${url}/it`, session(cookie.replace('staff', 'hospital-it')))).status).toBe(401);
    now += (SESSION_SECONDS + 1) * 1000;
    expect((await fetch(`${url}/api/v1/session`, session(cookie))).status).toBe(401);
  });
});
