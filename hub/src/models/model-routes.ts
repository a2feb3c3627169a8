import { Problem, type Database } from '@hilum/runtime';
import type { Express, RequestHandler } from 'express';
import type { z } from 'zod';
import { pageOf } from '../api/answer.js';
import { decodeCursor, encodeCursor } from '../api/cursor.js';
import { parseQuery } from '../api/parse-query.js';
import { periodOf } from '../api/period.js';
import {
  modelDigest,
  modelQuery,
  modelsQuery,
  releasesQuery,
  type modelReport,
  type modelRow,
  type releaseRow,
} from '../api/schemas.js';
import type { ReleaseReference } from '../releases/known-release.js';
import type { ReleaseCatalogue } from '../releases/release-catalogue.js';
import { edgesFor, reportOn } from './model-report.js';
import { listModels, readEvidence, type ModelPlace } from './model-store.js';

const DEFAULT_PERIOD_MS = 7 * 86_400_000;

/** `/api/v1/models`, `/api/v1/models/{digest}` and `/api/v1/releases`. */
export function addModelRoutes(
  app: Express,
  options: {
    database: Database;
    catalogue: ReleaseCatalogue;
    allow: (resource: 'models' | 'releases') => RequestHandler;
    now: () => number;
  },
): void {
  const { database, catalogue, allow, now } = options;

  app.get('/api/v1/releases', allow('releases'), (request, response) => {
    const { limit, cursor } = parseQuery(releasesQuery, request);
    const start = Number(decodeCursor(cursor, /^\d{1,9}$/) ?? 0);
    const items: z.infer<typeof releaseRow>[] = catalogue.releases.slice(start, start + limit);
    const hasMore = catalogue.releases.length > start + limit;
    response.json({ items, nextCursor: hasMore ? encodeCursor(start + limit) : null });
  });

  app.get('/api/v1/models', allow('models'), async (request, response) => {
    const { limit, cursor } = parseQuery(modelsQuery, request);
    const after = placeOf(decodeCursor(cursor, /^\d{1,15} sha256:[0-9a-f]{64}$/));
    const models = await listModels(database, { after, limit: limit + 1 });
    const page = pageOf(models, limit, ({ firstSeenAt, model }) => `${Date.parse(firstSeenAt)} ${model.digest}`);
    const items = page.items.map((volume): z.infer<typeof modelRow> => {
      const { name, version, digest } = volume.model;
      const reference = catalogue.find(digest, version)?.reference ?? null;
      return { ...volume, model: { name, version, digest }, reference: referenceKind(reference) };
    });
    response.json({ ...page, items });
  });

  app.get('/api/v1/models/:digest', allow('models'), async (request, response) => {
    const { site, since, until } = parseQuery(modelQuery, request);
    const digest = modelDigest.safeParse(request.params['digest']);
    if (!digest.success)
      throw new Problem(
        400,
        'HILUM_HTTP_QUERY_INVALID',
        'Bad path',
        'digest: must be sha256: and 64 lower-case hex digits, as /api/v1/models lists it',
      );
    const { from, to } = periodOf({ since, until }, now(), DEFAULT_PERIOD_MS);
    const [volume] = await listModels(database, { digest: digest.data, limit: 1 });
    const release = catalogue.find(digest.data, volume?.model.version ?? null);
    if (volume === undefined && release === null)
      throw new Problem(
        404,
        'HILUM_HUB_MODEL_UNKNOWN',
        'Not found',
        'digest: no result and no release of this model is known here; /api/v1/models lists those that are',
      );
    const { name, version } = volume?.model ?? release ?? { name: '', version: '' };
    const period = { from: new Date(from), to: new Date(to) };
    const evidence = await readEvidence(
      database,
      { digest: digest.data, site, ...period },
      edgesFor(release).slice(1, -1),
    );
    const answer: z.infer<typeof modelReport> = reportOn({
      model: { name, version, digest: digest.data },
      release,
      ...period,
      evidence,
    });
    response.json(answer);
  });
}

function placeOf(cursor: string | undefined): ModelPlace | undefined {
  if (cursor === undefined) return undefined;
  const [firstSeenAtMs, digest = ''] = cursor.split(' ');
  return { firstSeenAtMs: Number(firstSeenAtMs), digest };
}

function referenceKind(reference: ReleaseReference | null): z.infer<typeof modelRow>['reference'] {
  if (reference === null) return 'none';
  if (reference.quantiles !== null) return 'quantiles';
  return reference.probabilityHistogram === null ? 'none' : 'histogram';
}
