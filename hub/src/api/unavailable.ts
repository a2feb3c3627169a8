import { Problem, isDatabaseAway, type Logger } from '@hilum/runtime';
import type { ErrorRequestHandler } from 'express';

const RETRY_AFTER_SECONDS = 2;

/**
 * What the hub cannot do because its database is away, starts, or has all its connections busy for longer than one may wait,
 * is answered 503 with when to come again: it is no fault of the hub that its log would explain.
 */
export function unavailable(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, _response, next) => {
    if (!isDatabaseAway(error)) {
      next(error);
      return;
    }
    log.warn({ err: error }, 'a request could not be answered without the database');
    next(
      new Problem(
        503,
        'HILUM_HUB_DATABASE_AWAY',
        'Try again',
        `the hub's database does not answer or is busy: ask again in ${RETRY_AFTER_SECONDS} s`,
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      ),
    );
  };
}
