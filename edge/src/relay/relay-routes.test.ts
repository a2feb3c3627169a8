import { afterEach, describe, expect, it } from 'vitest';
import { STAFF, serveRoutes } from '../testing/serve-routes.js';
import { SITE, SITE_KEY, sampleResult } from '../testing/sample-result.js';
import { DeIdentifier } from './de-identify.js';
import { FakeReplayStore } from './fake-replay-store.js';
import { addRelayRoutes } from './relay-routes.js';

const deIdentifier = new DeIdentifier({ site: SITE, siteKey: SITE_KEY, precision: 'exact' });

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

/** A site that gave the sequences 1 to 40 and keeps those from a first one on. */
async function serve(firstKept: number) {
  const kept = Array.from({ length: 41 - firstKept }, (_, index) => ({
    ...deIdentifier.resultRecorded(sampleResult(String(index)), { sequence: firstKept + index, supersedes: null }),
    sequence: firstKept + index,
  }));
  const replays = new FakeReplayStore(kept, 40);
  const wakes = { count: 0 };
  const server = await serveRoutes((app, parts) =>
    addRelayRoutes(app, { ...parts, replays, onAsked: () => (wakes.count += 1) }),
  );
  close = server.close;
  return { ...server, replays, wakes };
}

const PATH = '/api/v1/relay/replay';

describe('POST /api/v1/relay/replay', () => {
  it('queues the events, wakes the relay and says what is queued', async () => {
    const { call, replays, wakes } = await serve(1);
    const response = await call('POST', PATH, { from: 5, to: 8 });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ queued: 4, from: 5, to: 8, oldestKept: 1, gone: null });
    expect(replays.asked).toMatchObject([{ next: 5, last: 8 }]);
    expect(wakes.count).toBe(1);
  });

  it('says which events can no longer be sent, and sends the others', async () => {
    const { call, replays } = await serve(31);
    const response = await call('POST', PATH, { from: 5 });
    expect(await response.json()).toEqual({
      queued: 10,
      from: 5,
      to: 40,
      oldestKept: 31,
      gone: { from: 5, to: 30 },
    });
    expect(replays.asked).toMatchObject([{ next: 31, last: 40 }]);
  });

  it('queues nothing when none of the events is kept', async () => {
    const { call, replays, wakes } = await serve(41);
    const response = await call('POST', PATH, { from: 5, to: null });
    expect(await response.json()).toMatchObject({ queued: 0, oldestKept: null, gone: { from: 5, to: 40 } });
    expect(replays.asked).toEqual([]);
    expect(wakes.count).toBe(0);
  });

  it.each([
    [{}, 'from: must be a whole number'],
    [{ from: 0 }, 'from: must be 1 or more'],
    [{ from: 1.5 }, 'from: must be a whole number'],
    [{ from: '1' }, 'from: must be a whole number'],
    [{ from: 41 }, 'from: must be at most 40'],
    [{ from: 9, to: 3 }, 'to: must not be below from'],
    [{ from: 1, upto: 3 }, '1 unknown field'],
    ['[]', 'send a JSON object'],
  ])('refuses %j and names what is wrong', async (body, detail) => {
    const { call, replays } = await serve(1);
    const response = await call('POST', PATH, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'HILUM_RELAY_RANGE_INVALID',
      detail: expect.stringContaining(detail) as unknown,
    });
    expect(replays.asked).toEqual([]);
  });

  it('refuses what is not JSON', async () => {
    const { call } = await serve(1);
    expect((await call('POST', PATH, '{')).status).toBe(400);
    expect((await call('POST', PATH)).status).toBe(400);
  });
});

describe('GET /api/v1/relay', () => {
  it('tells how far the site has published and what it keeps', async () => {
    const { call, replays } = await serve(11);
    await replays.ask(20, 29);
    expect(await (await call('GET', '/api/v1/relay')).json()).toEqual({
      sequence: 40,
      published: 40,
      pending: 10,
      replaying: 10,
      oldestKept: 11,
      newest: 40,
    });
  });
});

describe('who may see and move the relay', () => {
  it.each([
    ['GET', '/api/v1/relay', undefined, 200],
    ['POST', PATH, { from: 1 }, 202],
  ])('%s %s: hospital IT alone', async (method, path, body, status) => {
    const { call } = await serve(1);
    expect((await call(method, path, body, {})).status).toBe(401);
    expect((await call(method, path, body, STAFF)).status).toBe(403);
    expect((await call(method, path, body)).status).toBe(status);
  });
});
