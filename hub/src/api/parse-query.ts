import { Problem } from '@hilum/runtime';
import type { Request } from 'express';
import type { z } from 'zod';

/**
 * @throws Problem 400 that names each parameter and what it must be; unknown parameters are refused too, since a
 *   mistyped filter that is ignored answers another question than was asked
 */
export function parseQuery<Schema extends z.ZodObject>(schema: Schema, request: Request): z.infer<Schema> {
  const parsed = schema.safeParse(request.query);
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape).join(', ');
  const detail = parsed.error.issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => `${key}: is not a parameter here, ${known === '' ? 'there is none' : `use ${known}`}`)
        : [`${issue.path.map(String).join('.')}: ${issue.message}`],
    )
    .join('; ');
  throw new Problem(400, 'HILUM_HTTP_QUERY_INVALID', 'Bad query', detail);
}
