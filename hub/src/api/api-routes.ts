import { Problem, type Database, type SignIn } from '@hilum/runtime';
import type { Express, Request, RequestHandler } from 'express';
import type { z } from 'zod';
import { listAlarms } from '../alarms/alarm-store.js';
import { listAudit, recordAccess, type AccessAction, type AuditPlace } from '../audit/audit-store.js';
import { listSites } from '../fleet/fleet-store.js';
import { listResults, type ModelFilter } from '../ledger/result-store.js';
import { summarise } from '../ledger/summary-store.js';
import type { OnStreamOpening } from '../stream/stream-route.js';
import { ACCESS, type HubRole, type Resource } from './access-rule.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { openApiDocument } from './openapi.js';
import { parseQuery } from './parse-query.js';
import {
  alarmsQuery,
  auditQuery,
  resultsQuery,
  sitesQuery,
  summaryQuery,
  type alarm,
  type auditRow,
  type resultRow,
  type siteRow,
  type summary,
} from './schemas.js';

interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

const DAY_MS = 86_400_000;

/** The HTTP API; every path below /api/v1 needs a role, the document that describes them does not. */
export function addApiRoutes(
  app: Express,
  options: {
    database: Database;
    signIn: SignIn<HubRole>;
    stream: (onOpening: OnStreamOpening) => RequestHandler;
    now: () => number;
  },
): void {
  const { database, signIn, now } = options;
  const allow = (resource: Resource): RequestHandler => signIn.require(...ACCESS[resource]);
  /** Before the answer, so that nobody sees a row without a trace; the query has been checked. */
  const audit = (
    request: Request,
    action: AccessAction,
    query = request.query as Record<string, string>,
  ): Promise<void> =>
    recordAccess(database, { at: new Date(now()), principal: signIn.principalOf(request), action, query });
  // answers hold study-level rows and must not outlive the session in a shared cache
  app.use('/api', (_request, response, next) => {
    response.set('Cache-Control', 'private, no-cache');
    next();
  });
  signIn.addRoutes(app);

  app.get('/openapi.json', (_request, response) => {
    response.json(openApiDocument);
  });

  app.get('/api/v1/sites', allow('sites'), async (request, response) => {
    const { limit, cursor } = parseQuery(sitesQuery, request);
    const after = decodeCursor(cursor, /^[a-z0-9-]{1,40}$/);
    const sites = await listSites(database, { after, limit: limit + 1 });
    const answer: Page<z.infer<typeof siteRow>> = pageOf(
      sites.map(({ row }) => row),
      limit,
      ({ name }) => name,
    );
    response.json(answer);
  });

  app.get('/api/v1/results', allow('results'), async (request, response) => {
    const { limit, cursor, model, ...filter } = parseQuery(resultsQuery, request);
    const before = decodeCursor(cursor, /^\d{1,15}$/);
    await audit(request, 'results.listed');
    const rows = await listResults(
      database,
      { ...filter, model: modelFilterOf(model) },
      { before: before === undefined ? undefined : Number(before), limit: limit + 1 },
    );
    const page = pageOf(rows, limit, ({ position }) => position);
    const answer: Page<z.infer<typeof resultRow>> = { ...page, items: page.items.map(({ result }) => result) };
    response.json(answer);
  });

  app.get('/api/v1/summary', allow('summary'), async (request, response) => {
    const { since, until } = parseQuery(summaryQuery, request);
    const to = until === undefined ? now() : Date.parse(until);
    const from = since === undefined ? to - DAY_MS : Date.parse(since);
    if (from > to)
      throw new Problem(400, 'HILUM_HTTP_QUERY_INVALID', 'Bad query', 'since: must not be later than until');
    const answer: z.infer<typeof summary> = await summarise(database, new Date(from), new Date(to));
    response.json(answer);
  });

  app.get('/api/v1/alarms', allow('alarms'), async (request, response) => {
    const { limit, cursor, site, state } = parseQuery(alarmsQuery, request);
    const before = decodeCursor(cursor, /^\d{1,15}$/);
    const alarms = await listAlarms(database, {
      site,
      state,
      beforeId: before === undefined ? undefined : Number(before),
      limit: limit + 1,
    });
    const answer: Page<z.infer<typeof alarm>> = pageOf(alarms, limit, ({ id }) => id);
    response.json(answer);
  });

  app.get('/api/v1/audit', allow('audit'), async (request, response) => {
    const { limit, cursor, ...filter } = parseQuery(auditQuery, request);
    const after = auditPlaceOf(decodeCursor(cursor, AUDIT_PLACE));
    const rows = await listAudit(database, filter, { after, limit: limit + 1 });
    // after the list is read, which would otherwise begin with this very request
    await audit(request, 'audit.listed');
    const answer: Page<z.infer<typeof auditRow>> = pageOf(
      rows,
      limit,
      ({ recordedAt, id }) => `${Date.parse(recordedAt)}|${id}`,
    );
    response.json(answer);
  });

  app.get(
    '/api/v1/stream',
    allow('stream'),
    options.stream((request, lastEventId) =>
      audit(request, 'stream.opened', lastEventId === null ? {} : { 'Last-Event-ID': lastEventId }),
    ),
  );
}

const AUDIT_PLACE = /^\d{1,15}\|(hub-\d{1,15}|[0-9a-f]{64})$/;

function auditPlaceOf(place: string | undefined): AuditPlace | undefined {
  if (place === undefined) return undefined;
  const [recordedAtMs, id = ''] = place.split('|');
  return { recordedAtMs: Number(recordedAtMs), id };
}

/** @param rows one more than the limit when there is a next page */
function pageOf<Row>(rows: Row[], limit: number, cursorValue: (row: Row) => string | number): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(cursorValue(last)) : null };
}

function modelFilterOf(model: string | undefined): ModelFilter | undefined {
  if (model === undefined) return undefined;
  if (model.startsWith('sha256:')) return { digest: model };
  const [name, version] = model.split('@');
  return { name, version };
}
