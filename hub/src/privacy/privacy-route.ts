import type { Database } from '@hilum/runtime';
import type { Express, RequestHandler } from 'express';
import type { z } from 'zod';
import { openAlarmsOf } from '../alarms/alarm-store.js';
import { privacyQuery, type privacyBoundary } from '../api/compliance-schemas.js';
import { parseQuery } from '../api/parse-query.js';
import { allowedTopics, countQuarantine } from './privacy-boundary.js';

/** `/api/v1/privacy`. */
export function addPrivacyRoute(
  app: Express,
  options: { database: Database; allow: (resource: 'privacy') => RequestHandler },
): void {
  const { database, allow } = options;
  const topics = allowedTopics();
  app.get('/api/v1/privacy', allow('privacy'), async (request, response) => {
    parseQuery(privacyQuery, request);
    const [quarantine, alarms] = await Promise.all([countQuarantine(database), openAlarmsOf(database, 'quarantine')]);
    const answer: z.infer<typeof privacyBoundary> = { topics, quarantine, alarms };
    response.json(answer);
  });
}
