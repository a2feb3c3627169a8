import { Problem } from '@hilum/runtime';
import { z } from 'zod';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

const limit = z
  .string()
  .regex(/^\d{1,4}$/)
  .transform(Number)
  .refine((value) => value >= 1 && value <= MAX_LIMIT);

/**
 * A parameter of a request's query; undefined when it is not there.
 * @param allowed what it may be, for the error
 * @throws Problem 400 that names the parameter and what it may be
 */
export function readParameter<Value>(
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

/** The `limit` of a list. @throws Problem 400 */
export function readLimit(query: Record<string, unknown>): number {
  return readParameter(query, 'limit', limit, `a whole number from 1 to ${MAX_LIMIT}`) ?? DEFAULT_LIMIT;
}
