import { KafkaUnavailableError } from '@hilum/runtime';
import { afterEach, describe, expect, it } from 'vitest';
import { sampleDeadLetter } from '../testing/sample-dead-letter.js';
import { SITE_KEY } from '../testing/sample-result.js';
import { STAFF, serveRoutes } from '../testing/serve-routes.js';
import { addDeadLettersRoutes } from './dead-letters-routes.js';
import { DeadLetters, type DeadLetter } from './dead-letters.js';
import { FakeDeadLetterTopic } from './fake-dead-letter-topic.js';
import { FakeSettlementStore } from './fake-settlement-store.js';

interface Page {
  items: DeadLetter[];
  nextCursor: string | null;
}

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

async function serve(count: number) {
  const topic = new FakeDeadLetterTopic();
  for (let offset = 0; offset < count; offset += 1) topic.records.push(sampleDeadLetter(offset));
  const broker = { isAway: false, queued: 0 };
  const deadLetters = new DeadLetters({
    topic,
    settlements: new FakeSettlementStore(),
    uploads: {
      publish: (_topic, messages) => {
        if (broker.isAway) return Promise.reject(new KafkaUnavailableError(new Error('away')));
        broker.queued += messages.length;
        return Promise.resolve();
      },
    },
    notification: { intakeBucket: 'xray-intake', keyEncoding: 'raw' },
    siteKey: SITE_KEY,
    now: () => Date.UTC(2026, 2, 2),
  });
  const server = await serveRoutes((app, parts) => addDeadLettersRoutes(app, { ...parts, deadLetters }));
  close = server.close;
  const list = async (query = ''): Promise<Page> =>
    (await (await server.call('GET', `/api/v1/dead-letters${query}`)).json()) as Page;
  return { ...server, list, broker };
}

describe('the list of dead letters over HTTP', () => {
  it('comes in pages that a cursor continues', async () => {
    const { list } = await serve(5);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Page = await list(`?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(['0-0', '0-1', '0-2', '0-3', '0-4']);
  });

  it('holds no object key', async () => {
    const { list } = await serve(1);
    expect(JSON.stringify(await list('?state=all'))).not.toMatch(/Jane|jpeg/);
  });

  it.each(['state=closed', 'limit=0', 'cursor=abc'])('refuses %s and names the parameter', async (query) => {
    const { call } = await serve(0);
    const response = await call('GET', `/api/v1/dead-letters?${query}`);
    expect(response.status).toBe(400);
    expect(((await response.json()) as { detail: string }).detail).toContain(query.split('=')[0]);
  });
});

describe('settling a dead letter over HTTP', () => {
  it('sends it again once; the second time is a conflict that says what was done', async () => {
    const { call, list, broker } = await serve(2);
    const response = await call('POST', '/api/v1/dead-letters/0-0/resend');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      id: '0-0',
      state: 'resent',
      settled: { by: 'hospital-it', at: '2026-03-02T00:00:00.000Z', why: null },
    });
    const again = await call('POST', '/api/v1/dead-letters/0-0/resend');
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({
      code: 'HILUM_DEAD_LETTER_SETTLED',
      detail: expect.stringContaining('was resent by hospital-it at 2026-03-02') as unknown,
    });
    expect(broker.queued).toBe(1);
    expect((await list()).items.map(({ id }) => id)).toEqual(['0-1']);
  });

  it('discards it with a reason, which the list of all shows', async () => {
    const { call, list, broker } = await serve(1);
    const response = await call('POST', '/api/v1/dead-letters/0-0/discard', { why: ' sent by hand for a drill ' });
    expect(response.status).toBe(200);
    expect((await list()).items).toEqual([]);
    expect((await list('?state=all')).items).toMatchObject([
      { state: 'discarded', settled: { why: 'sent by hand for a drill' } },
    ]);
    expect((await call('POST', '/api/v1/dead-letters/0-0/discard', { why: 'again' })).status).toBe(409);
    expect(broker.queued).toBe(0);
  });

  it.each([
    [{}, 'why: say in 1 to 500 characters'],
    [{ why: '  ' }, 'why: must not be empty'],
    [{ why: 'x'.repeat(501) }, 'why: must be at most 500 characters'],
    [{ why: 'a\u0000b' }, 'why: must be one line'],
    [{ why: 'a', who: 'b' }, '1 unknown field'],
  ])('refuses to discard with %j', async (body, detail) => {
    const { call, list } = await serve(1);
    const response = await call('POST', '/api/v1/dead-letters/0-0/discard', body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'HILUM_DEAD_LETTER_WHY_INVALID',
      detail: expect.stringContaining(detail) as unknown,
    });
    expect((await list()).items).toHaveLength(1);
  });

  it.each(['0-7', '3-0', 'abc', '0-0x'])('knows no dead letter %s', async (id) => {
    const { call } = await serve(1);
    const response = await call('POST', `/api/v1/dead-letters/${id}/resend`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'HILUM_DEAD_LETTER_UNKNOWN' });
  });

  it('answers 503 while the broker is away, and leaves it open', async () => {
    const { call, list, broker } = await serve(1);
    broker.isAway = true;
    const response = await call('POST', '/api/v1/dead-letters/0-0/resend');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('2');
    expect((await list()).items).toHaveLength(1);
  });
});

describe('who may see and settle dead letters', () => {
  it.each([
    ['GET', '/api/v1/dead-letters', undefined],
    ['POST', '/api/v1/dead-letters/0-0/resend', undefined],
    ['POST', '/api/v1/dead-letters/0-0/discard', { why: 'a drill' }],
  ])('%s %s: hospital IT alone', async (method, path, body) => {
    const { call } = await serve(1);
    expect((await call(method, path, body, {})).status).toBe(401);
    expect((await call(method, path, body, STAFF)).status).toBe(403);
    expect((await call(method, path, body)).status).toBe(200);
  });
});
