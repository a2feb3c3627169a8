import type { Database, OidcSignIn, SignIn } from '@hilum/runtime';
import type { Express, Request, RequestHandler } from 'express';
import type { z } from 'zod';
import { listAlarms } from '../alarms/alarm-store.js';
import type { Anchoring } from '../audit/anchoring.js';
import { addAnchorRoutes } from '../audit/audit-routes.js';
import { listAudit, recordAccess, type AccessAction, type AuditPlace } from '../audit/audit-store.js';
import { addComplianceRoutes } from '../compliance/compliance-routes.js';
import { addEvidenceRoute, type EvidenceOptions } from '../evidence/evidence-route.js';
import { sendExport } from '../export/export-route.js';
import { addFleetRoutes } from '../fleet-feed/fleet-routes.js';
import type { Fleet } from '../fleet-feed/fleet.js';
import { listSites } from '../fleet/fleet-store.js';
import { addSiteRoutes } from '../fleet/site-routes.js';
import { ledgerVersion } from '../ledger/ledger-version.js';
import { listResults, resultPages, type ModelFilter } from '../ledger/result-store.js';
import { summarise } from '../ledger/summary-store.js';
import { addModelRoutes } from '../models/model-routes.js';
import type { ReleaseCatalogue } from '../releases/release-catalogue.js';
import { addPrivacyRoute } from '../privacy/privacy-route.js';
import type { OnStreamOpening } from '../stream/stream-route.js';
import { ACCESS, type HubRole, type Resource } from './access-rule.js';
import { isUnchanged, pageOf, type Page } from './answer.js';
import { decodeCursor } from './cursor.js';
import { openApiDocument } from './openapi.js';
import { parseQuery } from './parse-query.js';
import { periodOf } from './period.js';
import { addressOf, requestLimit, type RequestLimits } from './request-limit.js';
import {
  alarmsQuery,
  auditQuery,
  resultsExportQuery,
  resultsQuery,
  sitesQuery,
  summaryQuery,
  type alarm,
  type auditRow,
  type resultRow,
  type siteRow,
  type summary,
} from './schemas.js';

const DAY_MS = 86_400_000;
/** What an export holds in memory at a time; of Parquet one row group. */
const EXPORT_PAGE_ROWS = 5_000;

/** The HTTP API; every path below /api/v1 needs a role, the document that describes them does not. */
export function addApiRoutes(
  app: Express,
  options: {
    database: Database;
    catalogue: ReleaseCatalogue;
    anchoring: Pick<Anchoring, 'anchor'>;
    evidence: EvidenceOptions;
    /** what tells of the fleet; null: nothing does */
    fleet: Fleet | null;
    signIn: SignIn<HubRole>;
    oidcSignIn: OidcSignIn<HubRole> | null;
    stream: (onOpening: OnStreamOpening) => RequestHandler;
    stopping: AbortSignal;
    limits: RequestLimits;
    now: () => number;
  },
): void {
  const { database, catalogue, anchoring, signIn, now } = options;
  const limit = requestLimit('hub', options.limits.requestsPerMinute, (request) => signIn.principalOf(request).actor);
  const allow = (resource: Resource): RequestHandler => inTurn(signIn.require(...ACCESS[resource]), limit);
  /** Before the answer, so that nobody sees a row without a trace; the query has been checked. */
  const audit = (
    request: Request,
    action: AccessAction,
    query = request.query as Record<string, string>,
  ): Promise<void> => recordAccess(database, { at: new Date(now()), who: signIn.principalOf(request), action, query });
  // answers hold study-level rows and must not outlive the session in a shared cache
  app.use('/api', (_request, response, next) => {
    response.set('Cache-Control', 'private, no-cache');
    next();
  });
  // nobody is known yet; each try is a row of the audit
  app.post('/api/v1/session', requestLimit('sign-in', options.limits.signInsPerMinute, addressOf));
  signIn.addRoutes(app);
  options.oidcSignIn?.addRoutes(app);

  app.get('/openapi.json', (_request, response) => {
    response.json(openApiDocument);
  });

  app.get('/api/v1/sites', allow('sites'), async (request, response) => {
    const { limit, cursor } = parseQuery(sitesQuery, request);
    const after = decodeCursor(cursor, /^[a-z0-9-]{1,40}$/);
    const sites = await listSites(database, { after, limit: limit + 1 }, now());
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
    // rows never change: where none came and none expired, every page is what it was
    const { version } = await ledgerVersion(database);
    if (isUnchanged(request, response, version)) return;
    const rows = await listResults(
      database,
      { ...filter, model: modelFilterOf(model) },
      { before: before === undefined ? undefined : Number(before), limit: limit + 1 },
    );
    const page = pageOf(rows, limit, ({ position }) => position);
    const answer: Page<z.infer<typeof resultRow>> = { ...page, items: page.items.map(({ result }) => result) };
    response.json(answer);
  });

  app.get('/api/v1/results/export', allow('results/export'), async (request, response) => {
    const { format, model, ...filter } = parseQuery(resultsExportQuery, request);
    await audit(request, 'results.exported');
    const pages = resultPages(database, { ...filter, model: modelFilterOf(model) }, EXPORT_PAGE_ROWS);
    await sendExport(response, format, pages, options.stopping);
  });

  app.get('/api/v1/summary', allow('summary'), async (request, response) => {
    const { since, until } = parseQuery(summaryQuery, request);
    const { from, to } = periodOf({ since, until }, now(), DAY_MS);
    const { version, latestScoredAtMs } = await ledgerVersion(database);
    // A period that ends now holds the same as a moment ago, unless it begins later as well or a site's clock is ahead:
    // then a result that is there already comes into it as time goes by.
    const isFixed = since !== undefined && (until !== undefined || (latestScoredAtMs ?? 0) < to);
    if (isFixed && isUnchanged(request, response, version)) return;
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

  addAnchorRoutes(app, { database, anchoring, signIn, allow, now });
  addEvidenceRoute(app, { database, evidence: options.evidence, signIn, allow, stopping: options.stopping, now });

  addSiteRoutes(app, { database, allow, now });
  addModelRoutes(app, { database, catalogue, allow, now });
  addComplianceRoutes(app, { database, allow, now });
  addFleetRoutes(app, { database, fleet: options.fleet, allow, now });
  addPrivacyRoute(app, { database, allow });

  app.get(
    '/api/v1/stream',
    signIn.require(...ACCESS.stream),
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

function inTurn(first: RequestHandler, second: RequestHandler): RequestHandler {
  // returned, so that Express sees a promise that fails
  return (request, response, next) =>
    first(request, response, (error?: unknown) =>
      error === undefined ? void second(request, response, next) : next(error),
    );
}

function modelFilterOf(model: string | undefined): ModelFilter | undefined {
  if (model === undefined) return undefined;
  if (model.startsWith('sha256:')) return { digest: model };
  const [name, version] = model.split('@');
  return { name, version };
}
