import { DECISIONS, PRIORITIES } from '@hilum/contracts';
import { z } from 'zod';
import { readLimit, readParameter } from '../query-parameter.js';
import type { StudyCursor, StudyFilter, StudySummary } from './study-store.js';

const cursor = z.tuple([z.iso.datetime(), z.string().regex(/^[0-9a-f]{32}$/)]);

export interface ListQuery {
  filter: StudyFilter;
  after: StudyCursor | null;
  limit: number;
}

/**
 * Reads `limit`, `cursor`, `decision` and `priority` of a request for the list.
 * @throws Problem 400 that names the parameter and what it may be
 */
export function readListQuery(query: Record<string, unknown>): ListQuery {
  return {
    filter: {
      decision: readParameter(query, 'decision', z.enum(DECISIONS), `one of ${DECISIONS.join(', ')}`) ?? null,
      priority: readParameter(query, 'priority', z.enum(PRIORITIES), `one of ${PRIORITIES.join(', ')}`) ?? null,
    },
    after: readParameter(query, 'cursor', encodedCursor, 'the nextCursor of an earlier answer') ?? null,
    limit: readLimit(query),
  };
}

const encodedCursor = z.string().transform((text, context): StudyCursor => {
  try {
    const [uploadedAt, studyId] = cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    return { uploadedAt, studyId };
  } catch {
    context.addIssue('not a cursor');
    return z.NEVER;
  }
});

export function cursorAfter(study: StudySummary): string {
  return Buffer.from(JSON.stringify([study.uploadedAt, study.studyId])).toString('base64url');
}
