import { Problem } from '@hilum/runtime';
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';

export interface RequestLimits {
  /** of each actor; the stream is not counted */
  requestsPerMinute: number;
  /** of tokens from one address, which a proxy in front of the hub gives to everybody */
  signInsPerMinute: number;
}

const WINDOW_MS = 60_000;

/**
 * So many requests a minute of each asker; more are answered 429 with Retry-After. Every answer says in `RateLimit` and
 * `RateLimit-Policy` how many are left (draft-ietf-httpapi-ratelimit-headers-08). Counted in this process: with several
 * replicas each grants as many.
 * @param name of the policy, as clients see it
 */
export function requestLimit(name: string, perMinute: number, askerOf: (request: Request) => string): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: perMinute,
    identifier: name,
    keyGenerator: askerOf,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_request, response, next) => {
      // set by the library, with the headers that say the same
      const retryAfterSeconds = Number(response.get('Retry-After') ?? WINDOW_MS / 1000);
      next(
        new Problem(
          429,
          'HILUM_HTTP_TOO_MANY_REQUESTS',
          'Too many requests',
          `at most ${perMinute} a minute are answered: ask again in ${retryAfterSeconds} s, and for more rows at once with limit`,
          { retryAfterSeconds },
        ),
      );
    },
  });
}

/** Where a request comes from, for those who are not signed in; of IPv6 the network. */
export function addressOf(request: Request): string {
  return ipKeyGenerator(request.ip ?? '');
}
