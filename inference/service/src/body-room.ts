import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '@hilum/runtime/core';
import type { RequestHandler } from 'express';
import { overloadedProblem } from './permits.js';

/**
 * Bounds the memory that bodies of requests take together, those that are still being received among them: a permit is asked for
 * only when a body is there, so without it any number of large ones could arrive side by side.
 */
export class BodyRoom {
  readonly #bytes: number;
  #taken = 0;

  /** @param bytes for all of them; at least as much as the largest body that any path takes */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /**
   * Takes as much as the request says that it brings; the most that its path takes when it does not say, or when it is compressed.
   * @param mostBytes of one body at this path
   * @returns what gives the room back, once
   * @throws Problem 413 when one body is too large, 503 when there is no room left now
   */
  take(headers: IncomingHttpHeaders, mostBytes: number): () => void {
    const said = headers['content-encoding'] === undefined ? headers['content-length'] : undefined;
    const bytes = said === undefined ? mostBytes : Number(said);
    if (bytes > mostBytes) throw tooLargeProblem(mostBytes);
    if (this.#taken + bytes > this.#bytes) throw overloadedProblem();
    this.#taken += bytes;
    let isGiven = false;
    return () => {
      if (!isGiven) this.#taken -= bytes;
      isGiven = true;
    };
  }

  /** The same for a path of an app, until the answer is sent or the client is gone. */
  handler(mostBytes: number): RequestHandler {
    return (request, response, next) => {
      response.once('close', this.take(request.headers, mostBytes));
      next();
    };
  }
}

function tooLargeProblem(mostBytes: number): Problem {
  return new Problem(
    413,
    'HILUM_HTTP_BODY_TOO_LARGE',
    'Body too large',
    `the body is larger than the ${mostBytes} bytes that are taken here`,
  );
}
