import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { siteTopics } from '@hilum/contracts';
import { JwtVerifier, listen, OidcIssuer } from '@hilum/runtime';
import type { Express } from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ACCESS, HUB_ROLES, type HubRole, type Resource } from './api/access-rule.js';
import type { RequestLimits } from './api/request-limit.js';
import { hasMoreAfter, lastPosition, resultsAfter } from './ledger/result-store.js';
import { ReleaseCatalogue } from './releases/release-catalogue.js';
import type { StreamSource } from './stream/stream-source.js';
import { sampleAudit, sampleHeartbeat, sampleMessage, sampleResult } from './testing/sample-events.js';
import { sampleRelease } from './testing/sample-release.js';
import { TEST_TOKENS, testHubApp, testHubStream } from './testing/serve-test-hub.js';
import { startTestHub, type TestHub } from './testing/start-test-hub.js';

const tokens = TEST_TOKENS;
const stopping = new AbortController();
let hub: TestHub;
let stream: StreamSource;
let server: { close: () => Promise<void>; port: number };
let app: Express;
let createApp: (limits: RequestLimits) => Express;
let consoleFolder: string;

beforeAll(async () => {
  hub = await startTestHub();
  consoleFolder = await mkdtemp(join(tmpdir(), 'hilum-console-'));
  await mkdir(join(consoleFolder, 'assets'));
  await writeFile(join(consoleFolder, 'index.html'), '<!doctype html><title>console</title>');
  await writeFile(join(consoleFolder, 'assets', 'index-abc.js'), 'export {};');
  stream = testHubStream(hub, { onClients: (count) => hub.metrics.streamClients.set(count) });
  // with sign-in at an identity provider that has never been reached: it must not be in anything's way
  const issuer = new OidcIssuer<HubRole>({
    issuer: 'http://127.0.0.1:1',
    clientId: 'console',
    audience: 'hub',
    scope: 'openid',
    roleClaim: 'roles',
    roleMap: [],
    clockSkewSeconds: 0,
    publicUrl: 'http://127.0.0.1',
    key: Buffer.alloc(32),
  });
  createApp = (limits) =>
    testHubApp(hub, {
      stream,
      catalogue: new ReleaseCatalogue([sampleRelease()]),
      oidc: { issuer, verifier: new JwtVerifier(issuer, { now: () => hub.clock.now }) },
      consoleFolder,
      stopping: stopping.signal,
      limits,
    });
  app = createApp({ requestsPerMinute: 1_000_000, signInsPerMinute: 1_000_000 });
  server = await listen(app, '127.0.0.1', 0);
});
beforeEach(() => hub.reset());
afterAll(async () => {
  stopping.abort();
  await server.close();
  await hub.stop();
  await rm(consoleFolder, { recursive: true });
});

function get(path: string, role: HubRole | null = 'data-science', headers: Record<string, string> = {}) {
  const authorization = role === null ? {} : { authorization: `Bearer ${tokens[role]}` };
  return fetch(`http://127.0.0.1:${server.port}${path}`, { headers: { ...authorization, ...headers } });
}

async function post(path: string, role: HubRole, body: object = {}): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tokens[role]}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

async function json(path: string, role?: HubRole): Promise<Record<string, unknown>> {
  const response = await get(path, role);
  expect(response.status, path).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}

async function problemDetail(path: string): Promise<string> {
  const response = await get(path, 'compliance');
  expect(response.status, path).toBe(400);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  return ((await response.json()) as { detail: string }).detail;
}

async function record(site: string, sequences: number[]): Promise<void> {
  await hub.ingest.handleBatch(
    sequences.map((sequence) => sampleMessage(siteTopics.results, sampleResult(site, sequence))),
  );
}

async function fill(): Promise<void> {
  hub.clock.now += 1_000;
  await record('st-agnes', [1, 2, 3, 5]);
  await record('riverside', [1, 2]);
  const beat = sampleHeartbeat('st-agnes', 5, { deadLetters: 1 });
  await hub.ingest.handleBatch([sampleMessage(siteTopics.heartbeat, beat)]);
  await hub.fleet.round();
}

describe('the role matrix', () => {
  const rolesFor = (resource: Resource): readonly HubRole[] => ACCESS[resource];

  it.each(
    HUB_ROLES.flatMap((role) => (Object.keys(ACCESS) as Resource[]).map((resource) => [role, resource] as const)),
  )('holds for %s and %s', async (role, resource) => {
    const response = await get(`/api/v1/${resource}`, role);
    expect(response.status).toBe(rolesFor(resource).includes(role) ? 200 : 403);
    await response.body?.cancel();
  });

  it('holds for one model as for the list of them', async () => {
    const path = `/api/v1/models/${sampleRelease().digest}`;
    for (const role of HUB_ROLES)
      expect((await get(path, role)).status, role).toBe(rolesFor('models').includes(role) ? 200 : 403);
    expect((await get(path, null)).status).toBe(401);
  });

  it('asks for sign-in without a token and with a wrong one', async () => {
    for (const resource of Object.keys(ACCESS)) {
      expect((await get(`/api/v1/${resource}`, null)).status).toBe(401);
      expect((await get(`/api/v1/${resource}`, null, { authorization: 'Bearer nobody' })).status).toBe(401);
    }
  });

  it('is what docs/roles.md says', async () => {
    const text = await readFile(new URL('../../docs/roles.md', import.meta.url), 'utf8');
    for (const resource of Object.keys(ACCESS) as Resource[]) {
      const line = text.split('\n').find((candidate) => candidate.includes(`\`GET /api/v1/${resource}\``)) ?? '';
      const cells = line
        .split('|')
        .map((cell) => cell.trim())
        .slice(2, 5);
      expect(cells, resource).toEqual(HUB_ROLES.map((role) => (rolesFor(resource).includes(role) ? 'yes' : 'no')));
    }
  });

  it('leaves health and the description of the API open', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json'])
      expect((await get(path, null)).status, path).toBe(200);
  });
});

describe('the API', () => {
  it('answers as /openapi.json says', async () => {
    await fill();
    const document = (await json('/openapi.json')) as {
      openapi: string;
      paths: Record<string, { get: { responses: Record<string, { content: Record<string, { schema: object }> }> } }>;
      components: object;
    };
    expect(document.openapi).toBe('3.1.0');
    // JSON Schema's own rules: local references are resolved against the schemas of the document
    const checker = (schema: object): z.ZodType =>
      z.fromJSONSchema(
        JSON.parse(
          JSON.stringify({ ...schema, $defs: (document.components as { schemas: object }).schemas }).replaceAll(
            '#/components/schemas/',
            '#/$defs/',
          ),
        ) as Parameters<typeof z.fromJSONSchema>[0],
      );
    await hub.ingest.handleBatch([sampleMessage(siteTopics.audit, sampleAudit('st-agnes', 6))]);
    await hub.chain.round();
    await hub.anchoring.anchor();
    for (const resource of [
      ...([
        'sites',
        'results',
        'summary',
        'alarms',
        'models',
        'releases',
        'audit',
        'audit/anchors',
        'timeline',
      ] as const),
      ...(['sites/{site}', 'sites/{site}/timeline', 'sites/{site}/history'] as const),
    ]) {
      const described = `/api/v1/${resource}`;
      const path = described.replace('{site}', 'st-agnes');
      const schema = document.paths[described]?.get.responses['200']?.content['application/json']?.schema ?? {};
      const answer = await json(path, 'compliance');
      const { items, points } = answer as Record<string, unknown[] | undefined>;
      expect(
        (items ?? points)?.length ?? answer['total'] ?? (answer['help'] as unknown[]).length,
        path,
      ).toBeGreaterThan(0);
      expect(checker(schema).safeParse(answer).error, path).toBeUndefined();
      expect(checker(schema).safeParse({ ...answer, surprise: 1 }).success, path).toBe(false);
      for (const [status, refused] of [
        ['400', await get(`${path}?nonsense=1`, 'compliance')],
        ['401', await get(path, null)],
      ] as const) {
        expect(refused.status, path).toBe(Number(status));
        expect(refused.headers.get('content-type'), path).toContain('application/problem+json');
        const refusal =
          document.paths[described]?.get.responses[status]?.content['application/problem+json']?.schema ?? {};
        expect(checker(refusal).safeParse(await refused.json()).error, path).toBeUndefined();
      }
    }
  });

  it('has no route that /openapi.json does not describe, and describes none that is not there', async () => {
    const { paths } = (await json('/openapi.json')) as { paths: Record<string, Record<string, unknown>> };
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    const served = new Set(
      (app.router.stack as { route?: { path: string; stack: { method: string }[] } }[]).flatMap(({ route }) =>
        route === undefined
          ? []
          : // OpenAPI writes a parameter in braces
            route.stack.map(({ method }) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`),
      ),
    );
    const isConsole = (route: string): boolean => route === 'get /{*path}';
    expect([...served].filter((route) => !isConsole(route)).sort()).toEqual(described.sort());
  });

  it('gives sites by name with what their heartbeats tell', async () => {
    await fill();
    const { items } = await json('/api/v1/sites');
    expect(items).toMatchObject([
      { name: 'riverside', state: 'late', lastHeartbeatAt: null, backlog: null, counts: { total: 2 } },
      { name: 'st-agnes', state: 'live', backlog: 2, deadLetters: 1, missing: 0, counts: { total: 4 } },
    ]);
  });

  it('tells of one site what is missing and what helps, and says of an unknown one that it is', async () => {
    await fill();
    hub.clock.now += 31_000;
    await hub.fleet.round();
    expect(await json('/api/v1/sites/st-agnes')).toMatchObject({
      name: 'st-agnes',
      missing: 1,
      missingRanges: [{ from: 4, to: 4 }],
      openAlarms: [{ kind: 'sequences-missing' }, { kind: 'dead-letters' }],
      help: [
        { command: 'hilum relay replay --site st-agnes --from 4 --to 4' },
        { command: 'hilum dlq list --site st-agnes' },
        { command: 'hilum dlq resend --all --site st-agnes' },
      ],
    });
    for (const path of ['', '/timeline', '/history']) {
      const unknown = await get(`/api/v1/sites/north${path}`);
      expect(unknown.status).toBe(404);
      expect(await unknown.json()).toMatchObject({ code: 'HILUM_HUB_SITE_UNKNOWN' });
    }
  });

  it.each([
    ['/api/v1/results', 6],
    ['/api/v1/sites', 2],
    ['/api/v1/alarms', 1],
    ['/api/v1/models', 1],
    ['/api/v1/releases', 1],
    // both sites seen, one of them live, its model, its version, its dead letter
    ['/api/v1/timeline', 6],
    ['/api/v1/sites/st-agnes/timeline', 5],
  ])('pages through %s by its cursor without losing or repeating a row', async (path, total) => {
    await fill();
    const all: unknown[] = [];
    for (let cursor: string | null = '', pages = 0; cursor !== null; pages += 1) {
      expect(pages).toBeLessThan(total + 1);
      const query = cursor === '' ? '?limit=1' : `?limit=1&cursor=${cursor}`;
      const page = (await json(`${path}${query}`)) as { items: unknown[]; nextCursor: string | null };
      all.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(all).toHaveLength(total);
    expect(all).toEqual((await json(path))['items']);
  });

  it.each([
    ['/api/v1/results?limit=0', /^limit: must be a whole number from 1 to 500$/],
    ['/api/v1/results?limit=501', /^limit:/],
    ['/api/v1/results?limit=ten', /^limit:/],
    ['/api/v1/results?site=St.%20Agnes', /^site: must be 1 to 40 lower-case letters/],
    ['/api/v1/results?site=a&site=b', /^site:/],
    ['/api/v1/results?decision=maybe', /^decision: .*normal/],
    ['/api/v1/results?model=A%20B', /^model: must be a name, name@version, or the digest/],
    ['/api/v1/results?since=yesterday', /^since: must be an ISO 8601 time/],
    ['/api/v1/results?cursor=%21', /^cursor: must be the nextCursor/],
    ['/api/v1/results?sites=a', /^sites: is not a parameter here, use site, decision/],
    ['/api/v1/summary?since=2026-05-04T12:00:00Z&until=2026-05-03T12:00:00Z', /^since: must not be later than until/],
    ['/api/v1/alarms?state=old', /^state: must be open or closed/],
    ['/api/v1/sites?cursor=U1Q', /^cursor:/],
    ['/api/v1/results/export?format=xlsx', /^format: must be csv or parquet$/],
    ['/api/v1/results/export?limit=5', /^limit: is not a parameter here, use format, site/],
    ['/api/v1/audit?action=guess', /^action: must be one of session.opened/],
    ['/api/v1/audit?actor=me', /^actor: must be 64 lower-case hex digits/],
    ['/api/v1/audit?source=mars', /^source: must be hub or site/],
    ['/api/v1/audit?cursor=MTIz', /^cursor:/],
    ['/api/v1/timeline?cursor=MTIz', /^cursor:/],
    ['/api/v1/sites/St.%20Agnes', /^site: must be 1 to 40 lower-case letters/],
    ['/api/v1/sites/st-agnes?limit=5', /^limit: is not a parameter here, there is none$/],
    ['/api/v1/sites/st-agnes/history?since=2026-01-01T00:00:00Z', /^since: must be at most 31 days before until/],
  ])('refuses %s, naming the parameter and the fix', async (path, detail) => {
    expect(await problemDetail(path)).toMatch(detail);
  });

  it('summarises the last 24 hours when no period is given', async () => {
    await fill();
    hub.clock.now = Date.UTC(2026, 4, 5, 11);
    expect(await json('/api/v1/summary')).toMatchObject({
      from: '2026-05-04T11:00:00.000Z',
      to: '2026-05-05T11:00:00.000Z',
      total: 6,
      byDecision: { normal: 6 },
    });
  });

  it.each(['feedback', 'rollouts', 'nothing'])(
    'answers 404 as a problem for /api/v1/%s, which is not there',
    async (name) => {
      const response = await get(`/api/v1/${name}`, 'compliance', { accept: 'text/html' });
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
    },
  );

  it('pages through audit entries of one and the same moment, each once', async () => {
    hub.clock.now = Date.UTC(2026, 4, 4, 12);
    await hub.ingest.handleBatch(
      [1, 2, 3].map((sequence) => sampleMessage(siteTopics.audit, sampleAudit('st-agnes', sequence))),
    );
    for (let request = 0; request < 12; request += 1) await json('/api/v1/results');
    const ids: unknown[] = [];
    for (const role of ['staff', 'data-science']) {
      for (let cursor: string | null = ''; cursor !== null;) {
        const query = `?limit=4&role=${role}${cursor === '' ? '' : `&cursor=${cursor}`}`;
        const page = (await json(`/api/v1/audit${query}`, 'compliance')) as {
          items: { id: string }[];
          nextCursor: string | null;
        };
        ids.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      }
    }
    expect(ids).toHaveLength(15);
    expect(new Set(ids).size).toBe(15);
  });

  it('lets a browser sign in for a cookie', async () => {
    const url = `http://127.0.0.1:${server.port}/api/v1/session`;
    const opened = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: tokens.compliance }),
    });
    expect(await opened.json()).toEqual({ role: 'compliance', method: 'token' });
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await get('/api/v1/results', null, { cookie })).status).toBe(200);
  });
});

describe('an export', () => {
  const linesOf = async (query: string): Promise<string[]> =>
    (await (await get(`/api/v1/results/export${query}`, 'compliance')).text()).trimEnd().split('\r\n');

  it('holds the rows that the list has under the same filters, in its order', async () => {
    await fill();
    for (const filter of ['', 'site=st-agnes', 'site=riverside&decision=normal', 'decision=review']) {
      const { items } = (await json(`/api/v1/results?${filter}`)) as { items: { id: string; site: string }[] };
      const [names, ...lines] = await linesOf(`?${filter}`);
      expect(names).toMatch(/^id,receivedAt,traceId,site,/);
      expect(lines.map((line) => line.split(',')[0])).toEqual(items.map(({ id }) => id));
    }
  });

  it.each([
    ['csv', 'text/csv; charset=utf-8; header=present', 'id,'],
    ['parquet', 'application/vnd.apache.parquet', 'PAR1'],
  ])('as %s is a file by its headers and its beginning', async (format, contentType, beginning) => {
    await fill();
    const response = await get(`/api/v1/results/export?format=${format}`, 'data-science');
    expect(response.headers.get('content-type')).toBe(contentType);
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="hilum-results.${format}"`);
    expect((await response.text()).startsWith(beginning)).toBe(true);
  });

  it('is in the audit with its filters', async () => {
    await linesOf('?site=st-agnes');
    expect((await json('/api/v1/audit?action=results.exported', 'compliance'))['items']).toMatchObject([
      { actorRole: 'compliance', query: { site: 'st-agnes' } },
    ]);
  });

  it('is a problem when its first rows cannot be had, and breaks off when later ones cannot', async () => {
    const rows = 5_000 + 1;
    await hub.database.query(
      `insert into sites (name, first_seen_at, state, state_since) values ('st-agnes', now(), 'late', now())`,
    );
    await hub.database.query(
      `insert into results (id, site, sequence, received_at, study_pseudonym, image_pseudonym, decision, priority,
                            model_name, model_version, model_digest, input, timings_ms, uploaded_at, scored_at)
       select 'id-' || n, 'st-agnes', n, now(), 's', 'i', 'normal', 'routine', 'm', '1.0.0', 'd',
              '{"kind":"jpeg","width":1,"height":1,"bits":8,"stats":null}'::jsonb,
              '{"notify":null,"queue":null,"fetch":null,"decode":null,"predict":null,"explain":null,"publish":null}'::jsonb,
              now(), now()
         from generate_series(1, $1::int) as n`,
      [rows],
    );
    expect(await linesOf('')).toHaveLength(rows + 1);
    // the oldest row, which the second page begins with, cannot be shown
    await hub.database.query(`update results set received_at = 'infinity' where id = 'id-1'`);
    await expect(linesOf('')).rejects.toThrow();
    await hub.database.query(`update results set received_at = 'infinity'`);
    expect((await get('/api/v1/results/export', 'compliance')).status).toBe(500);
  });
});

describe('an answer that the client has already', () => {
  const SINCE = 'since=2026-05-04T00:00:00Z';
  /** As browsers ask; fetch of Node asks not to be answered from what is known. */
  function statusWith(path: string, etag: string | null): Promise<[number, string | null]> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${tokens.compliance}`,
        ...(etag === null ? {} : { 'if-none-match': etag }),
      };
      const asked = request({ host: '127.0.0.1', port: server.port, path, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          const { statusCode = 0, headers: answered } = response;
          expect(parts.length === 0, path).toBe(statusCode === 304);
          resolve([statusCode, answered.etag ?? null]);
        });
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  it.each([
    '/api/v1/results',
    '/api/v1/results?limit=2&decision=normal',
    `/api/v1/summary?${SINCE}`,
    '/api/v1/sites',
    '/api/v1/alarms',
    '/api/v1/models',
  ])('is not sent again from %s, until something is new', async (path) => {
    await fill();
    const [, etag] = await statusWith(path, null);
    expect(etag).toMatch(/^W\//);
    expect(await statusWith(path, etag)).toEqual([304, etag]);
    hub.clock.now += 60_000;
    await record('st-agnes', [9]);
    await record('new-site', [1]);
    await hub.fleet.round();
    const [status, next] = await statusWith(path, etag);
    expect([status, next === etag]).toEqual([200, false]);
  });

  it('is sent again when a result of a clock that is ahead comes into a period that ends now', async () => {
    await fill();
    const scoredAt = new Date(hub.clock.now + 5_000).toISOString();
    await hub.ingest.handleBatch([sampleMessage(siteTopics.results, sampleResult('riverside', 3, { scoredAt }))]);
    const path = `/api/v1/summary?${SINCE}`;
    const total = async (): Promise<unknown> => (await json(path))['total'];
    expect(await total()).toBe(6);
    const [, etag] = await statusWith(path, null);
    hub.clock.now += 10_000;
    expect((await statusWith(path, etag))[0]).toBe(200);
    expect(await total()).toBe(7);
  });

  it.each(['/api/v1/results', '/api/v1/summary?since=2026-04-01T00:00:00Z&until=2026-05-05T00:00:00Z'])(
    'is sent again from %s when something it holds has expired, though nothing is new',
    async (path) => {
      const scoredAt = '2026-04-02T00:00:00.000Z';
      const old = sampleMessage(siteTopics.results, sampleResult('st-agnes', 1, { uploadedAt: scoredAt, scoredAt }));
      await hub.ingest.handleBatch([old]);
      await record('st-agnes', [2]);
      await hub.retention.round();
      const [, etag] = await statusWith(path, null);
      expect(await statusWith(path, etag)).toEqual([304, etag]);
      hub.days.results = 31;
      try {
        hub.clock.now = Date.UTC(2026, 5, 1);
        await hub.retention.round();
      } finally {
        hub.days.results = 400;
      }
      const [status, next] = await statusWith(path, etag);
      expect([status, next === etag]).toEqual([200, false]);
      const answer = await json(path);
      expect((answer['items'] as unknown[] | undefined)?.length ?? answer['total']).toBe(1);
    },
  );

  it('is the access of whoever asked all the same', async () => {
    await fill();
    const [, etag] = await statusWith('/api/v1/results', null);
    await statusWith('/api/v1/results', etag);
    const { items } = await json('/api/v1/audit?action=results.listed', 'compliance');
    expect(items).toHaveLength(2);
  });
});

describe('the audit', () => {
  interface Entry {
    source: string;
    actorRole: string | null;
    actorPseudonym: string | null;
    action: string;
    query: Record<string, string> | null;
    at: string;
  }
  const entries = async (query = ''): Promise<Entry[]> =>
    ((await json(`/api/v1/audit?limit=500${query}`, 'compliance')) as { items: Entry[] }).items;

  it('names who read which results, before they see them, and not what was answered', async () => {
    await fill();
    await json('/api/v1/results?site=st-agnes&limit=2', 'hospital-it');
    await json('/api/v1/results', 'data-science');
    const [latest, first] = await entries('&action=results.listed');
    expect(first).toMatchObject({
      source: 'hub',
      actorRole: 'hospital-it',
      query: { site: 'st-agnes', limit: '2' },
      at: new Date(hub.clock.now).toISOString(),
    });
    expect(first?.actorPseudonym).toMatch(/^[0-9a-f]{64}$/);
    expect(latest).toMatchObject({ actorRole: 'data-science', query: {} });
    expect(latest?.actorPseudonym).not.toBe(first?.actorPseudonym);
    expect(JSON.stringify(await entries())).not.toContain(tokens['hospital-it']);
  });

  it('keeps rows back when the access cannot be noted', async () => {
    await fill();
    await hub.database.query('alter table audit_inbox rename to audit_inbox_away');
    try {
      for (const path of ['/api/v1/results', '/api/v1/stream', '/api/v1/audit']) {
        const response = await get(path, 'compliance');
        expect(response.status, path).toBe(500);
        expect(await response.text()).not.toContain('Pseudonym');
      }
    } finally {
      await hub.database.query('alter table audit_inbox_away rename to audit_inbox');
    }
  });

  it('says how far it is chained and anchored, and is anchored on demand, which is an entry itself', async () => {
    await json('/api/v1/results');
    const before = await json('/api/v1/audit/anchors', 'compliance');
    expect(before).toMatchObject({
      chain: { position: 0, waiting: 1, lastAnchorAt: null, anchoredTo: 0, state: 'unchecked', problem: null },
      items: [],
      nextCursor: null,
    });
    await hub.chain.round();
    expect(await post('/api/v1/audit/anchors', 'compliance')).toMatchObject({
      status: 201,
      body: { number: 1, position: 1, first: 1, loss: null },
    });
    await hub.chain.round();
    await post('/api/v1/audit/anchors', 'compliance', { acceptLoss: 'nothing is lost' });
    const page = await json('/api/v1/audit/anchors?limit=1', 'compliance');
    expect(page).toMatchObject({
      chain: { position: 2, waiting: 1, anchoredTo: 2, state: 'intact', lastAnchorAt: expect.any(String) as unknown },
      items: [{ number: 2, loss: null }],
    });
    expect(await json(`/api/v1/audit/anchors?cursor=${String(page['nextCursor'])}`, 'compliance')).toMatchObject({
      items: [{ number: 1 }],
      nextCursor: null,
    });
    expect((await entries('&action=audit.anchored')).map(({ query }) => query)).toEqual([{ acceptLoss: 'yes' }, {}]);
    expect((await entries('&action=results.listed'))[0]).toMatchObject({
      position: 1,
      hash: expect.any(String) as unknown,
    });
  });

  it('is not anchored by others, with a body of another form, or when it is not what it was', async () => {
    await json('/api/v1/results');
    await hub.chain.round();
    expect(await post('/api/v1/audit/anchors', 'data-science')).toMatchObject({ status: 403 });
    expect(await post('/api/v1/audit/anchors', 'compliance', { acceptLoss: '' })).toMatchObject({
      status: 400,
      body: { code: 'HILUM_AUDIT_ANCHOR_INVALID', detail: expect.stringContaining('acceptLoss') as unknown },
    });
    hub.store.isAway = true;
    expect(await post('/api/v1/audit/anchors', 'compliance')).toMatchObject({
      status: 503,
      body: { code: 'HILUM_STORE_UNAVAILABLE' },
    });
    hub.store.isAway = false;
    await hub.database.transaction(async (db) => {
      await db.query('set local session_replication_role = replica');
      await db.query(`update audit set action = 'audit.listed' where position = 1`);
    });
    expect(await post('/api/v1/audit/anchors', 'compliance')).toMatchObject({
      status: 409,
      body: { code: 'HILUM_AUDIT_CHAIN_BROKEN', detail: expect.stringContaining('row 1 was changed') as unknown },
    });
    expect(await json('/api/v1/audit/anchors', 'compliance')).toMatchObject({
      chain: { state: 'broken', problem: { kind: 'changed', position: 1 } },
      items: [],
    });
  });

  it('notes counts and states of sites for nobody, a refused question neither', async () => {
    for (const resource of ['sites', 'summary', 'alarms']) await json(`/api/v1/${resource}`);
    await get('/api/v1/results?nonsense=1');
    await get('/api/v1/results', null);
    expect(await entries('&role=data-science')).toEqual([]);
  });

  it('notes sessions that are opened, refused and closed, and streams with where they begin', async () => {
    const url = `http://127.0.0.1:${server.port}/api/v1/session`;
    const open = (token: string): Promise<Response> =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token }),
      });
    const cookie = (await open(tokens['data-science'])).headers.get('set-cookie')?.split(';')[0] ?? '';
    await open('guess');
    await (await get('/api/v1/stream', null, { cookie, 'last-event-id': '7' })).body?.cancel();
    await fetch(url, { method: 'DELETE', headers: { cookie } });
    const byRole = await entries('&role=data-science');
    expect(byRole.map(({ action, query }) => [action, query])).toEqual([
      ['session.closed', null],
      ['stream.opened', { 'Last-Event-ID': '7' }],
      ['session.opened', null],
    ]);
    expect(new Set(byRole.map(({ actorPseudonym }) => actorPseudonym)).size).toBe(1);
    const actor = byRole[0]?.actorPseudonym ?? '';
    expect(await entries(`&actor=${actor}`)).toHaveLength(3);
    expect(await entries('&action=session.refused')).toMatchObject([{ actorRole: null, actorPseudonym: null }]);
  });

  it('holds what sites report as well, and tells the two apart', async () => {
    hub.clock.now += 1_000;
    await hub.ingest.handleBatch([sampleMessage(siteTopics.audit, sampleAudit('st-agnes', 1))]);
    await json('/api/v1/results');
    expect(await entries('&site=st-agnes')).toMatchObject([
      { source: 'site', site: 'st-agnes', action: 'study.viewed' },
    ]);
    expect((await entries('&source=hub')).map(({ action }) => action)).toContain('results.listed');
    expect(await entries('&source=hub&site=st-agnes')).toEqual([]);
    const now = new Date(hub.clock.now).toISOString();
    expect(await entries(`&until=${now}`)).toEqual([]);
    expect((await entries(`&since=${now}`)).length).toBeGreaterThan(0);
  });
});

describe('the stream', () => {
  /** Reads until `count` events have come. */
  async function follow(
    count: number,
    options: { role?: HubRole; lastEventId?: string; meanwhile?: () => Promise<void> },
  ) {
    const response = await get(
      '/api/v1/stream',
      options.role,
      options.lastEventId === undefined ? {} : { 'last-event-id': options.lastEventId },
    );
    expect(response.status).toBe(200);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    const events: { event: string; data: Record<string, unknown> }[] = [];
    let text = '';
    let isFirst = true;
    while (events.length < count) {
      const chunk = await reader.read();
      if (chunk.done) break;
      text += decoder.decode(chunk.value, { stream: true });
      if (isFirst) await options.meanwhile?.();
      isFirst = false;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string): string | undefined =>
          block
            .split('\n')
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2);
        const event = field('event');
        if (event !== undefined)
          events.push({ event, data: JSON.parse(field('data') ?? '') as Record<string, unknown> });
      }
    }
    await reader.cancel();
    return events;
  }

  const joined = async (clients: number): Promise<void> => {
    await expect
      .poll(() => hub.registry.getSingleMetricAsString('hilum_hub_stream_clients'))
      .toMatch(new RegExp(`hilum_hub_stream_clients ${clients}$`, 'm'));
  };

  it('sends what is recorded from now on to every client', async () => {
    await record('st-agnes', [1]);
    await stream.round();
    const meanwhile = async (): Promise<void> => {
      await joined(1);
      await record('st-agnes', [2, 3]);
      await stream.round();
    };
    const events = await follow(2, { meanwhile });
    expect(events.map(({ event, data }) => [event, data['sequence']])).toEqual([
      ['result', 2],
      ['result', 3],
    ]);
    await joined(0);
  });

  it('resumes after Last-Event-ID with what was missed, then goes on, each once and in order', async () => {
    await record(
      'st-agnes',
      Array.from({ length: 1200 }, (_, index) => index + 1),
    );
    await stream.round();
    const start = String((await resultsAfter(hub.database, 0, 10)).at(-1)?.position);
    const meanwhile = async (): Promise<void> => {
      await record('st-agnes', [1201]);
      await stream.round();
    };
    const events = await follow(1191, { lastEventId: start, meanwhile });
    expect(events.map(({ data }) => data['sequence'])).toEqual(Array.from({ length: 1191 }, (_, index) => index + 11));
    await joined(0);
  });

  it('tells of results, sites and alarms', async () => {
    await fill();
    await stream.round();
    const meanwhile = async (): Promise<void> => {
      await joined(1);
      await record('st-agnes', [7]);
      await stream.round();
      hub.clock.now += 60_000;
      await hub.fleet.round();
      for (const site of hub.told.sites) stream.tellSite(site);
      for (const alarm of hub.told.alarms) stream.tellAlarm(alarm);
    };
    const events = await follow(4, { role: 'hospital-it', meanwhile });
    expect(events.map(({ event }) => event)).toContain('result');
    expect(events.map(({ event, data }) => [event, data['name'] ?? data['site']])).toContainEqual(['site', 'st-agnes']);
    expect(events.map(({ event }) => event)).toContain('alarm');
    await joined(0);
  });

  it('tells a client that was away for too long to begin anew, from where it then goes on', async () => {
    const client = (after: number) => {
      const sent: string[] = [];
      return { after, sent, send: (text: string) => sent.push(text) > 0 };
    };
    await record('st-agnes', [1, 2, 3]);
    await stream.round();
    const last = await lastPosition(hub.database);
    const strict = testHubStream(hub, {
      hasMoreAfter: (position, count) => {
        expect(count).toBe(10_000);
        return hasMoreAfter(hub.database, position, 2);
      },
    });
    const drained = (): Promise<boolean> => Promise.resolve(true);
    const near = client(last - 2);
    await strict.join(near, drained);
    expect(near.sent).toHaveLength(2);
    const far = client(last - 3);
    await strict.join(far, drained);
    expect(far.sent).toEqual([`id: ${last}\nevent: reset\ndata: {"reason":"too-far-back"}\n\n`]);
    await record('st-agnes', [4]);
    await strict.round();
    expect(far.sent.slice(1).join()).toContain('"sequence":4');
  });

  it('tells a client with an id of another ledger’s life to begin anew, instead of nothing until that is reached', async () => {
    await record('st-agnes', [1]);
    await stream.round();
    const meanwhile = async (): Promise<void> => {
      await record('st-agnes', [2]);
      await stream.round();
    };
    const events = await follow(2, { lastEventId: '999999999', meanwhile });
    expect(events.map(({ event, data }) => [event, data['reason'] ?? data['sequence']])).toEqual([
      ['reset', 'unknown-id'],
      ['result', 2],
    ]);
    await joined(0);
  });

  it('begins where the client is, though another replica had read further', async () => {
    await record('st-agnes', [1]);
    const behind = testHubStream(hub);
    const drained = (): Promise<boolean> => Promise.resolve(true);
    await behind.join({ after: Number.POSITIVE_INFINITY, send: () => true }, drained);
    await record('st-agnes', [2, 3]);
    const sent: string[] = [];
    const after = (await lastPosition(hub.database)) - 1;
    await behind.join({ after, send: (text) => sent.push(text) > 0 }, drained);
    await behind.round();
    expect(sent.map((text) => /"sequence":(\d+)/.exec(text)?.[1])).toEqual(['3']);
  });

  it('reads no results while nobody follows, and begins with the newest when somebody does', async () => {
    let reads = 0;
    const unwatched = testHubStream(hub, {
      resultsAfter: (position, limit) => {
        reads += 1;
        return resultsAfter(hub.database, position, limit);
      },
    });
    await unwatched.round();
    await record('st-agnes', [1, 2]);
    await unwatched.round();
    expect(reads).toBe(0);
    const sent: string[] = [];
    const client = { after: Number.POSITIVE_INFINITY, send: (text: string) => sent.push(text) > 0 };
    await unwatched.join(client, () => Promise.resolve(true));
    await record('st-agnes', [3]);
    await unwatched.round();
    expect(sent.map((text) => /"sequence":(\d+)/.exec(text)?.[1])).toEqual(['3']);
    unwatched.leave(client);
    await record('st-agnes', [4]);
    const readsBefore = reads;
    await unwatched.round();
    expect(reads).toBe(readsBefore);
  });

  it('shows by comments that it lives, which are no events', async () => {
    const sent: string[] = [];
    const client = { after: Number.POSITIVE_INFINITY, send: (text: string) => sent.push(text) > 0 };
    await stream.join(client, () => Promise.resolve(true));
    stream.keepAlive();
    stream.leave(client);
    expect(sent).toEqual([': keep-alive\n\n']);
  });

  it('refuses an id that is none of its own', async () => {
    expect((await get('/api/v1/stream', 'data-science', { 'last-event-id': 'abc' })).status).toBe(400);
  });

  it('drops a client that does not read, instead of holding everything for it', async () => {
    const sent: string[] = [];
    const client = { after: Number.POSITIVE_INFINITY, send: (text: string) => sent.push(text) < 2 };
    await stream.join(client, () => Promise.resolve(true));
    await joined(1);
    stream.keepAlive();
    stream.keepAlive();
    await joined(0);
  });
});

describe('answers', () => {
  it('are compressed for who accepts it, the stream is not', async () => {
    await record('st-agnes', [1, 2, 3]);
    const encodingOf = async (path: string, accepted: string): Promise<string | null> => {
      const response = await get(path, 'data-science', { 'accept-encoding': accepted });
      const encoding = response.headers.get('content-encoding');
      // what is compressed is what is said without
      if (path !== '/api/v1/stream') await response.json();
      else await response.body?.cancel();
      return encoding;
    };
    expect(await encodingOf('/api/v1/results', 'gzip, br')).toBe('br');
    expect(await encodingOf('/api/v1/results', 'gzip')).toBe('gzip');
    expect(await encodingOf('/api/v1/results', 'identity')).toBeNull();
    // too little to be worth it
    expect(await encodingOf('/api/v1/alarms', 'gzip, br')).toBeNull();
    expect(await encodingOf('/api/v1/stream', 'gzip, br')).toBeNull();
  });
});

describe('the console', () => {
  it('is served under a policy that allows nothing from elsewhere', async () => {
    const response = await get('/', null, { accept: 'text/html' });
    expect(await response.text()).toContain('console');
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'self';.*frame-ancestors 'none'/);
    expect(response.headers.get('cache-control')).toBe('no-cache');
  });

  it('answers its own paths with the page, a missing asset with 404', async () => {
    expect((await get('/sites/st-agnes?x=1', null, { accept: 'text/html' })).status).toBe(200);
    expect((await get('/assets/index-old.js', null, { accept: '*/*' })).status).toBe(404);
  });

  it('lets browsers keep hashed assets for a year', async () => {
    const response = await get('/assets/index-abc.js', null);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });
});

describe('too many requests', () => {
  let limited: { close: () => Promise<void>; port: number };
  beforeAll(async () => {
    limited = await listen(createApp({ requestsPerMinute: 3, signInsPerMinute: 2 }), '127.0.0.1', 0);
  });
  afterAll(() => limited.close());

  const ask = (path: string, role: HubRole): Promise<Response> =>
    fetch(`http://127.0.0.1:${limited.port}${path}`, { headers: { authorization: `Bearer ${tokens[role]}` } });

  async function expectRefused(response: Response): Promise<void> {
    expect(response.status).toBe(429);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    const wait = Number(response.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(await response.json()).toMatchObject({ status: 429, code: 'HILUM_HTTP_TOO_MANY_REQUESTS' });
  }

  it('of one asker are refused, whatever they ask for, and nobody else’s, nor health, nor the stream', async () => {
    for (const left of [2, 1, 0]) {
      const response = await ask('/api/v1/sites', 'data-science');
      expect(response.status).toBe(200);
      expect(response.headers.get('ratelimit-policy')).toMatch(/^"hub"; q=3; w=60/);
      expect(response.headers.get('ratelimit')).toMatch(new RegExp(`^"hub"; r=${left}; t=\\d+`));
    }
    await expectRefused(await ask('/api/v1/sites', 'data-science'));
    await expectRefused(await ask('/api/v1/results', 'data-science'));
    expect((await ask('/api/v1/sites', 'compliance')).status).toBe(200);
    for (const open of ['/healthz', '/readyz', '/metrics', '/openapi.json', '/api/v1/session'])
      expect((await ask(open, 'data-science')).status, open).toBe(200);
    const followed = await ask('/api/v1/stream', 'data-science');
    expect(followed.status).toBe(200);
    await followed.body?.cancel();
  });

  it('to sign in from one address are refused', async () => {
    const open = (): Promise<Response> =>
      fetch(`http://127.0.0.1:${limited.port}/api/v1/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token: 'guess' }),
      });
    expect([(await open()).status, (await open()).status]).toEqual([401, 401]);
    await expectRefused(await open());
  });
});
