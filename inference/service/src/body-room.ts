import type { IncomingHttpHeaders } from 'node:http';
import { tooLargeProblem } from '@hilum/runtime/core';
import express, { type Request, type Response } from 'express';
import { overloadedProblem } from './permits.js';

/**
 * Bounds the memory that bodies of requests take together, from when they are received until what they ask for is done: a permit is
 * asked for only when a body is there, so without it any number of large ones could arrive side by side. A body counts as what its
 * request says that it brings, and as the most that its path takes when it does not say, or is compressed.
 */
export class BodyRoom {
  readonly #bytes: number;
  #taken = 0;

  /** @param bytes for all of them; at least as much as the largest body that any path takes */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /**
   * Receives a body and works on it, with room for it meanwhile. The room is given back when the work has ended and not when the client
   * has gone: until then the body is held, by who waits for a permit as well.
   * @param mostBytes of one body at this path
   * @throws Problem 413 when one body is too large, 503 when there is no room left now
   */
  async during<Result>(headers: IncomingHttpHeaders, mostBytes: number, work: () => Promise<Result>): Promise<Result> {
    const bytes = announced(headers) ?? mostBytes;
    if (bytes > mostBytes) throw tooLargeProblem(mostBytes);
    if (this.#taken + bytes > this.#bytes) throw overloadedProblem();
    this.#taken += bytes;
    try {
      return await work();
    } finally {
      this.#taken -= bytes;
    }
  }
}

/** Null when the body has no length or is to be decompressed. */
function announced(headers: IncomingHttpHeaders): number | null {
  const { 'content-encoding': encoding = 'identity', 'content-length': length } = headers;
  return encoding.toLowerCase() === 'identity' && length !== undefined ? Number(length) : null;
}

/** As Express's parser tells it. */
const CLIENT_GONE = { status: 400, type: 'request.aborted' };

/**
 * The whole body, decompressed; whatever it is said to be, for clients say all kinds of things or nothing.
 * @throws what Express's parser of bodies says, such as 413
 */
export function bodyReader(mostBytes: number): (request: Request, response: Response) => Promise<Buffer> {
  const parse = express.raw({ limit: mostBytes, type: () => true });
  return (request, response) =>
    new Promise((resolve, reject) => {
      // the parser says so itself, but not of a body that it decompresses: that would be waited for without end
      request.once('close', () => {
        if (!request.complete) reject(Object.assign(new Error('the client has gone'), CLIENT_GONE));
      });
      parse(request, response, (error?: Error) => {
        const body: unknown = request.body;
        if (error === undefined) resolve(Buffer.isBuffer(body) ? body : Buffer.alloc(0));
        else reject(error);
      });
    });
}
