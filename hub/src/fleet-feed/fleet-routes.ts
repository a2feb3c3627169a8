import type { Database } from '@hilum/runtime';
import type { Express, RequestHandler } from 'express';
import type { z } from 'zod';
import { isUnchanged, pageOf, type Page } from '../api/answer.js';
import { fleetQuery, fleetSourcesQuery, type fleetObject, type fleetSourceRow } from '../api/compliance-schemas.js';
import { decodeCursor } from '../api/cursor.js';
import { parseQuery } from '../api/parse-query.js';
import { SOURCE_STALE_MS } from '../compliance/effective-state-rule.js';
import { pageOfFleetObjects } from './fleet-object-store.js';
import { fleetVersion, listFleetSources } from './fleet-source-store.js';
import type { Fleet } from './fleet.js';

/** `/api/v1/fleet` and `/api/v1/fleet/sources`. */
export function addFleetRoutes(
  app: Express,
  options: {
    database: Database;
    fleet: Fleet | null;
    allow: (resource: 'fleet' | 'fleet/sources') => RequestHandler;
    now: () => number;
  },
): void {
  const { database, fleet, allow, now } = options;

  app.get('/api/v1/fleet', allow('fleet'), async (request, response) => {
    const { limit, cursor, ...filter } = parseQuery(fleetQuery, request);
    const place = decodeCursor(cursor, /^[a-z-]{1,40} [a-z0-9.-]{0,253} [a-z0-9.-]{1,253}$/)?.split(' ');
    if (isUnchanged(request, response, await fleetVersion(database))) return;
    const after = place === undefined ? undefined : { kind: place[0], namespace: place[1], name: place[2] };
    const objects = await pageOfFleetObjects(database, filter, { after, limit: limit + 1 });
    const answer: Page<z.infer<typeof fleetObject>> = pageOf(
      objects,
      limit,
      ({ kind, namespace, name }) => `${kind} ${namespace} ${name}`,
    );
    response.json(answer);
  });

  app.get('/api/v1/fleet/sources', allow('fleet/sources'), async (request, response) => {
    parseQuery(fleetSourcesQuery, request);
    const sources = await listFleetSources(database);
    // one that has never been heard is of interest above all
    if (fleet !== null && !sources.some(({ source }) => source === fleet.source))
      sources.push({ source: fleet.source, seenAt: null });
    const items = sources.map(({ source, seenAt }): z.infer<typeof fleetSourceRow> => ({
      source,
      seenAt,
      isStale: seenAt === null || now() - Date.parse(seenAt) > SOURCE_STALE_MS,
      views: (source === fleet?.source ? fleet.views() : []).map(({ kind, state, provenAt, detail }) => ({
        kind,
        state,
        provenAt: provenAt === null ? null : new Date(provenAt).toISOString(),
        detail,
      })),
    }));
    response.json({ items, nextCursor: null });
  });
}
