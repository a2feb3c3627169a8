import { Problem, type Logger, type SignIn } from '@hilum/runtime';
import type { Express } from 'express';
import { z } from 'zod';
import { answering } from '../answering.js';
import { jsonBody, readBody } from '../json-body.js';
import type { SiteRole } from '../site-role.js';
import { planReplay } from './replay-rule.js';
import type { ReplayStore } from './replay-store.js';

const sequence = z.int({ error: 'must be a whole number' }).min(1, { error: 'must be 1 or more' });
const replayRequest = z.strictObject({ from: sequence, to: sequence.nullish() });

const RANGE_INVALID = 'HILUM_RELAY_RANGE_INVALID';

/** `GET /api/v1/relay`: how far the site has published. `POST /api/v1/relay/replay`: sends events to the hub again. */
export function addRelayRoutes(
  app: Express,
  options: { replays: ReplayStore; signIn: SignIn<SiteRole>; log: Logger; onAsked: () => void },
): void {
  const { replays, signIn, log, onAsked } = options;

  app.get(
    '/api/v1/relay',
    signIn.require('hospital-it'),
    answering(async (_request, response) => {
      response.set('Cache-Control', 'private, no-store').json(await replays.state());
    }),
  );

  app.post(
    '/api/v1/relay/replay',
    signIn.require('hospital-it'),
    jsonBody,
    answering(async (request, response) => {
      const { from, to } = readBody(request, RANGE_INVALID, replayRequest);
      const state = await replays.state();
      const plan = planReplay({ from, to: to ?? null }, state);
      if (plan.kind === 'refused') throw new Problem(400, RANGE_INVALID, 'Bad range', plan.detail);
      const { asked, send, gone } = plan;
      const queued = send === null ? 0 : await replays.ask(send.from, send.to);
      log.info({ queued, ...asked, gone }, 'events are sent to the hub again, as hospital IT asked');
      if (queued > 0) onAsked();
      response.status(202).json({ queued, ...asked, oldestKept: state.oldestKept, gone });
    }),
  );
}
