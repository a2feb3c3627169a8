import { KafkaUnavailableError, Problem, isDatabaseAway } from '@hilum/runtime';
import type { RequestHandler } from 'express';

const RETRY_AFTER_SECONDS = 2;

/** A database, store or broker that is away is a 503 that tells when to come again. */
export function answering(work: (...args: Parameters<RequestHandler>) => Promise<void>): RequestHandler {
  return async (request, response, next) => {
    try {
      await work(request, response, next);
    } catch (error) {
      const isStoreAway = (error as { code?: unknown }).code === 'HILUM_STORE_UNAVAILABLE';
      if (!isStoreAway && !isDatabaseAway(error) && !(error instanceof KafkaUnavailableError)) throw error;
      throw new Problem(
        503,
        'HILUM_EDGE_UNAVAILABLE',
        'Try again',
        'the database, the image store or the broker does not answer',
        { retryAfterSeconds: RETRY_AFTER_SECONDS },
      );
    }
  };
}
