import { Problem, type Logger, type SignIn } from '@hilum/runtime';
import type { Express, Request, Response } from 'express';
import { z } from 'zod';
import { answering } from '../answering.js';
import { jsonBody, readBody } from '../json-body.js';
import { readLimit, readParameter } from '../query-parameter.js';
import type { SiteRole } from '../site-role.js';
import { formatDeadLetterId, parseDeadLetterId, type DeadLetterId } from './dead-letter-id.js';
import type { DeadLetters, SettleOutcome } from './dead-letters.js';

const ROLE = 'hospital-it' satisfies SiteRole;

const discardRequest = z.strictObject({
  why: z
    .string({ error: 'say in 1 to 500 characters why it need not be delivered; no patient data' })
    .trim()
    .min(1, { error: 'must not be empty: say why it need not be delivered; no patient data' })
    .max(500, { error: 'must be at most 500 characters' })
    .regex(/^\P{Cc}*$/u, { error: 'must be one line without control characters' }),
});

const cursor = z.string().transform((text, context): DeadLetterId => {
  const id = parseDeadLetterId(Buffer.from(text, 'base64url').toString('utf8'));
  if (id !== null) return id;
  context.addIssue('not a cursor');
  return z.NEVER;
});

/** The list of what could not be delivered, and the two things to do about each: send it again, or leave it. */
export function addDeadLettersRoutes(
  app: Express,
  options: { deadLetters: DeadLetters; signIn: SignIn<SiteRole>; log: Logger },
): void {
  const { deadLetters, signIn, log } = options;

  app.get(
    '/api/v1/dead-letters',
    signIn.require(ROLE),
    answering(async (request, response) => {
      const state = readParameter(request.query, 'state', z.enum(['open', 'all']), 'open or all') ?? 'open';
      const after = readParameter(request.query, 'cursor', cursor, 'the nextCursor of an earlier answer') ?? null;
      const { items, last } = await deadLetters.list(state, after, readLimit(request.query));
      const nextCursor = last === null ? null : Buffer.from(formatDeadLetterId(last)).toString('base64url');
      response.set('Cache-Control', 'private, no-store').json({ items, nextCursor });
    }),
  );

  app.post(
    '/api/v1/dead-letters/:id/resend',
    signIn.require(ROLE),
    answering(async (request, response) => {
      const id = idOf(request);
      answer(response, log, id, await deadLetters.resend(id, ROLE));
    }),
  );

  app.post(
    '/api/v1/dead-letters/:id/discard',
    signIn.require(ROLE),
    jsonBody,
    answering(async (request, response) => {
      const id = idOf(request);
      const { why } = readBody(request, 'HILUM_DEAD_LETTER_WHY_INVALID', discardRequest);
      answer(response, log, id, await deadLetters.discard(id, ROLE, why));
    }),
  );
}

function answer(response: Response, log: Logger, id: DeadLetterId, outcome: SettleOutcome): void {
  if (outcome.kind === 'unknown') throw unknown();
  const { state, why, actorRole, at } = outcome.settlement;
  if (outcome.kind === 'settled-before')
    throw new Problem(
      409,
      'HILUM_DEAD_LETTER_SETTLED',
      'Done already',
      `this dead letter was ${state} by ${actorRole} at ${at.toISOString()}; nothing was changed`,
    );
  const name = formatDeadLetterId(id);
  // why is a person's own words: shown to whoever asks for the list, kept out of the log
  log.info({ deadLetter: name, state }, 'a dead letter was settled');
  response.json({ id: name, state, settled: { by: actorRole, at: at.toISOString(), why } });
}

function idOf(request: Request): DeadLetterId {
  const text = request.params['id'];
  const id = typeof text === 'string' ? parseDeadLetterId(text) : null;
  if (id === null) throw unknown();
  return id;
}

function unknown(): Problem {
  return new Problem(
    404,
    'HILUM_DEAD_LETTER_UNKNOWN',
    'Not found',
    'there is no dead letter with this id, or it has expired; ids are those of the list, such as 0-17',
  );
}
