import { describeIssues } from '@hilum/contracts';
import { Problem } from '@hilum/runtime';
import express, { type Request, type RequestHandler } from 'express';
import type { z } from 'zod';

/** For routes that take a small JSON object. */
export const jsonBody: RequestHandler = express.json({ limit: '16kb' });

/** @throws Problem 400 that names each field that is wrong and what it must be */
export function readBody<Body>(request: Request, code: string, schema: z.ZodType<Body>): Body {
  const body: unknown = request.body;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Problem(400, code, 'Bad request', 'send a JSON object, with the header Content-Type: application/json');
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Problem(400, code, 'Bad request', describeIssues(parsed.error));
}
