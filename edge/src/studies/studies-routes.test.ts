import { Readiness, Registry, SignIn, createHttpApp, createLogger, listen } from '@hilum/runtime';
import { FakeObjectStore } from '@hilum/runtime/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { addPage } from './page-route.js';
import { addStudiesRoutes } from './studies-routes.js';
import { StudyFeed } from './study-feed.js';
import type { StudyStore, StudySummary } from './study-store.js';

const STAFF = { authorization: 'Bearer staff-token' };
const HOSPITAL_IT = { authorization: 'Bearer it-token' };

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

function summary(revision: number): StudySummary {
  return {
    studyId: revision.toString(16).padStart(32, '0'),
    decision: 'normal',
    probability: 0.1,
    reason: null,
    priority: 'routine',
    imageCount: 1,
    uploadedAt: new Date(Date.UTC(2026, 2, 1) + revision).toISOString(),
    scoredAt: new Date(Date.UTC(2026, 2, 1) + revision).toISOString(),
    revision,
  };
}

async function serve(studies: StudySummary[]) {
  const counts = { normal: 0, review: 0, 'pneumonia-suspected': 0, unreadable: 0 };
  const store = {
    list: (_filter: unknown, after: { uploadedAt: string } | null, limit: number) =>
      Promise.resolve(
        [...studies]
          .reverse()
          .filter(({ uploadedAt }) => after === null || uploadedAt < after.uploadedAt)
          .slice(0, limit),
      ),
    find: () => Promise.resolve(null),
    heatMapKey: (_study: string, imageId: string) => Promise.resolve(imageId === 'known' ? 'map.png' : null),
    changedAfter: (revision: number) => Promise.resolve(studies.filter((study) => study.revision > revision)),
    latestRevision: () => Promise.resolve(studies.at(-1)?.revision ?? 0),
    countsSince: () => Promise.resolve(counts),
  } as unknown as StudyStore;
  const objects = new FakeObjectStore();
  await objects.put('xray-results', 'map.png', Buffer.from('png'), { contentType: 'image/png' });
  const feed = new StudyFeed(store);
  const stopping = new AbortController();
  const app = createHttpApp({
    log: createLogger({ process: 'test', level: 'silent' }),
    registry: new Registry(),
    readiness: new Readiness(),
    routes: (routes) => {
      const signIn = new SignIn({ staff: 'staff-token', 'hospital-it': 'it-token' });
      addStudiesRoutes(routes, {
        store,
        feed,
        objects,
        resultsBucket: 'xray-results',
        signIn,
        stopping: stopping.signal,
      });
      addPage(routes);
    },
  });
  const server = await listen(app, '127.0.0.1', 0);
  stop = () => {
    stopping.abort();
    return server.close();
  };
  const get = (path: string, headers: Record<string, string> = STAFF): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { headers });
  return { get, feed, stop };
}

/** Reads a stream until a text has come. */
async function readUntil(response: Response, text: string): Promise<string> {
  const decoder = new TextDecoder();
  let read = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    read += decoder.decode(chunk, { stream: true });
    if (read.includes(text)) break;
  }
  return read;
}

describe('the list of studies', () => {
  it('comes in pages that a cursor continues', async () => {
    const { get } = await serve([1, 2, 3, 4, 5].map(summary));
    const seen: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const response = await get(`/api/v1/studies?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const page = (await response.json()) as { items: StudySummary[]; nextCursor: string | null };
      seen.push(...page.items.map(({ revision }) => revision));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([5, 4, 3, 2, 1]);
  });

  it.each(['limit=0', 'limit=501', 'limit=x', 'cursor=abc', 'decision=ill', 'priority=asap', 'limit=1&limit=2'])(
    'refuses %s and names the parameter',
    async (query) => {
      const { get } = await serve([]);
      const response = await get(`/api/v1/studies?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        code: 'HILUM_HTTP_QUERY_INVALID',
        detail: expect.stringContaining(query.split('=')[0] ?? '') as unknown,
      });
    },
  );
});

describe('who may see what', () => {
  it.each([
    ['/api/v1/studies', 401, 200],
    ['/api/v1/studies/00', 401, 403],
    ['/api/v1/studies/00/images/known/heatmap', 401, 403],
  ])('%s answers %i to nobody and %i to hospital IT', async (path, nobody, hospitalIt) => {
    const { get } = await serve([]);
    expect((await get(path, {})).status).toBe(nobody);
    expect((await get(path, HOSPITAL_IT)).status).toBe(hospitalIt);
  });

  it('gives staff the heat map, and 404 where there is none', async () => {
    const { get } = await serve([]);
    const response = await get('/api/v1/studies/00/images/known/heatmap');
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(await response.text()).toBe('png');
    expect((await get('/api/v1/studies/00/images/other/heatmap')).status).toBe(404);
  });

  it('serves the page to everybody, with a policy that lets nothing in from elsewhere', async () => {
    const { get } = await serve([]);
    const response = await get('/', {});
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await response.text()).not.toMatch(/<script>|style=|onclick/);
  });
});

describe('the live stream', () => {
  it('tells of studies as they change', async () => {
    const studies = [summary(1)];
    const { get, feed } = await serve(studies);
    await feed.round();
    const response = await get('/api/v1/studies/stream');
    studies.push(summary(2));
    const reading = readUntil(response, 'id: 2');
    await feed.round();
    const text = await reading;
    expect(text).toContain('event: counts');
    expect(text).toContain('event: study\nid: 2\ndata: {');
    expect(text).not.toContain('id: 1\n');
  });

  it('first sends what was missed since Last-Event-ID', async () => {
    const { get } = await serve([1, 2, 3].map(summary));
    const response = await get('/api/v1/studies/stream', { ...STAFF, 'last-event-id': '1' });
    const text = await readUntil(response, 'event: counts');
    expect(text.match(/id: \d+/g)).toEqual(['id: 2', 'id: 3']);
  });

  it('ends when the process stops, so that it does not hold the stop up', async () => {
    const { get } = await serve([]);
    const response = await get('/api/v1/studies/stream');
    const reading = response.text();
    await stop?.();
    stop = undefined;
    expect(await reading).toContain('event: counts');
  });
});
