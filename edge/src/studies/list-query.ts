import { DECISIONS, PRIORITIES } from '@hilum/contracts';
import { Problem } from '@hilum/runtime';
import { z } from 'zod';
import type { StudyCursor, StudyFilter, StudySummary } from './study-store.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

const limit = z
  .string()
  .regex(/^\d{1,4}$/)
  .transform(Number)
  .refine((value) => value >= 1 && value <= MAX_LIMIT);

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
      decision: read(query, 'decision', z.enum(DECISIONS), `one of ${DECISIONS.join(', ')}`) ?? null,
      priority: read(query, 'priority', z.enum(PRIORITIES), `one of ${PRIORITIES.join(', ')}`) ?? null,
    },
    after: read(query, 'cursor', encodedCursor, 'the nextCursor of an earlier answer') ?? null,
    limit: read(query, 'limit', limit, `a whole number from 1 to ${MAX_LIMIT}`) ?? DEFAULT_LIMIT,
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

function read<Value>(
  query: Record<string, unknown>,
  name: string,
  schema: z.ZodType<Value, string>,
  allowed: string,
): Value | undefined {
  const value = query[name];
  if (value === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem(400, 'HILUM_HTTP_QUERY_INVALID', 'Bad query', `${name} must be ${allowed}`);
}
