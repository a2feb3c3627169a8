import { siteName } from '@hilum/contracts';
import { Problem, type Database } from '@hilum/runtime';
import type { Express, Request, RequestHandler } from 'express';
import type { z } from 'zod';
import { listAlarms } from '../alarms/alarm-store.js';
import { pageOf, type Page } from '../api/answer.js';
import { decodeCursor } from '../api/cursor.js';
import { parseQuery } from '../api/parse-query.js';
import { periodOf } from '../api/period.js';
import {
  siteDetailQuery,
  siteHistoryQuery,
  siteTimelineQuery,
  timelineQuery,
  type siteDetail,
  type siteHistory,
  type timelineEntry,
} from '../api/schemas.js';
import { findSite, missingRanges, type JudgedSite } from './fleet-store.js';
import { siteHelp } from './site-help-rule.js';
import { readHistory } from './site-history-store.js';
import { listTimeline, type TimelinePlace } from './timeline-store.js';

const DAY_MS = 86_400_000;
export const LONGEST_HISTORY_DAYS = 31;
/** More gaps than these are told by their number alone. */
export const MISSING_RANGES_TOLD = 20;
/** At most one alarm of each kind is open. */
const MOST_OPEN_ALARMS = 100;

/** `/api/v1/sites/{site}`, its timeline and history, and `/api/v1/timeline` of all sites. */
export function addSiteRoutes(
  app: Express,
  options: { database: Database; allow: (resource: 'sites' | 'timeline') => RequestHandler; now: () => number },
): void {
  const { database, allow, now } = options;

  app.get('/api/v1/timeline', allow('timeline'), async (request, response) => {
    const { site, limit, cursor } = parseQuery(timelineQuery, request);
    response.json(await timelinePage(database, site, limit, cursor));
  });

  app.get('/api/v1/sites/:site', allow('sites'), async (request, response) => {
    parseQuery(siteDetailQuery, request);
    const site = await knownSite(database, request, now());
    const { row, firstSeenAt, lastReceivedAt } = site;
    const missing = await missingRanges(database, row.name, MISSING_RANGES_TOLD);
    const alarms = await listAlarms(database, { site: row.name, state: 'open', limit: MOST_OPEN_ALARMS });
    const answer: z.infer<typeof siteDetail> = {
      ...row,
      firstSeenAt: firstSeenAt.toISOString(),
      lastReceivedAt: lastReceivedAt?.toISOString() ?? null,
      missingRanges: missing,
      openAlarms: alarms,
      help: siteHelp({ row, missing, openAlarms: alarms.map(({ kind }) => kind) }),
    };
    response.json(answer);
  });

  app.get('/api/v1/sites/:site/timeline', allow('sites'), async (request, response) => {
    const { limit, cursor } = parseQuery(siteTimelineQuery, request);
    const { row } = await knownSite(database, request, now());
    response.json(await timelinePage(database, row.name, limit, cursor));
  });

  app.get('/api/v1/sites/:site/history', allow('sites'), async (request, response) => {
    const { since, until } = parseQuery(siteHistoryQuery, request);
    const { from, to } = periodOf({ since, until }, now(), DAY_MS);
    if (to - from > LONGEST_HISTORY_DAYS * DAY_MS)
      throw new Problem(
        400,
        'HILUM_HTTP_QUERY_INVALID',
        'Bad query',
        `since: must be at most ${LONGEST_HISTORY_DAYS} days before until`,
      );
    const { row } = await knownSite(database, request, now());
    const answer: z.infer<typeof siteHistory> = await readHistory(database, row.name, new Date(from), new Date(to));
    response.json(answer);
  });
}

/** @throws Problem 400 when the path names none that can be, 404 when the hub has never heard of it */
async function knownSite(database: Database, request: Request, now: number): Promise<JudgedSite> {
  const name = siteName.safeParse(request.params['site']);
  if (!name.success)
    throw new Problem(
      400,
      'HILUM_HTTP_QUERY_INVALID',
      'Bad path',
      `site: ${name.error.issues[0]?.message ?? 'must be the name of a site'}`,
    );
  const site = await findSite(database, name.data, now);
  if (site !== null) return site;
  throw new Problem(
    404,
    'HILUM_HUB_SITE_UNKNOWN',
    'Not found',
    'site: the hub has never heard of it; /api/v1/sites lists those it knows',
  );
}

async function timelinePage(
  database: Database,
  site: string | undefined,
  limit: number,
  cursor: string | undefined,
): Promise<Page<z.infer<typeof timelineEntry>>> {
  const after = placeOf(decodeCursor(cursor, /^\d{1,15}\|\d\|\d{1,16}$/));
  const rows = await listTimeline(database, site, { after, limit: limit + 1 });
  const page = pageOf(rows, limit, ({ place }) => `${place.atMs}|${place.source}|${place.id}`);
  return { ...page, items: page.items.map(({ entry }) => entry) };
}

function placeOf(place: string | undefined): TimelinePlace | undefined {
  if (place === undefined) return undefined;
  const [atMs, source, id] = place.split('|').map(Number);
  return { atMs: atMs ?? 0, source: source ?? 0, id: id ?? 0 };
}
