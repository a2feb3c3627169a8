import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { tooLargeProblem } from '@hilum/runtime/core';
import { overloadedProblem } from './permits.js';

/** Takes room for so much more of a body. @throws Problem 503 when there is none left */
export type Claim = (bytes: number) => void;

/**
 * Bounds the memory that bodies of requests take together, from when they are received until what they ask for is done: a permit is
 * asked for only when a body is there, so without it any number of large ones could arrive side by side. A body counts as what its
 * request says that it brings. One that does not say, or is compressed, counts as what has come of it: as the most that its path takes,
 * a few that come slowly would keep all others out.
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
   * @param work is to claim room for what it receives, which for a body of a length that is told does nothing, and nothing once it has ended
   * @throws Problem 413 when one body is too large, 503 when there is no room left now
   */
  async during<Result>(
    headers: IncomingHttpHeaders,
    mostBytes: number,
    work: (claim: Claim) => Promise<Result>,
  ): Promise<Result> {
    const told = announced(headers);
    if (told !== null && told > mostBytes) throw tooLargeProblem(mostBytes);
    let held = 0;
    const take: Claim = (bytes) => {
      if (this.#taken + bytes > this.#bytes) throw overloadedProblem();
      this.#taken += bytes;
      held += bytes;
    };
    take(told ?? 0);
    try {
      return await work(told === null ? take : () => undefined);
    } finally {
      this.#taken -= held;
    }
  }
}

/** Null when the body has no length or is to be decompressed. */
function announced(headers: IncomingHttpHeaders): number | null {
  const length = headers['content-length'];
  return encodingOf(headers) === 'identity' && length !== undefined ? Number(length) : null;
}

function encodingOf({ 'content-encoding': encoding }: IncomingHttpHeaders): string {
  return (encoding || 'identity').toLowerCase();
}

/** What Node takes for each part of a body beside its bytes; a body can come as millions of parts of one byte. */
const PART_BYTES = 160;

/** As Express's parsers of bodies tell what is wrong, which every service answers with what to do. */
const CLIENT_GONE = { status: 400, type: 'request.aborted' };
const UNKNOWN_ENCODING = { status: 415, type: 'encoding.unsupported' };

/**
 * Reads the whole body, decompressed; whatever it is said to be, for clients say all kinds of things or nothing. Not one of Express's
 * parsers: they tell of a body when it is whole, and answer what is wrong with it only when all of it has come.
 * @throws Problem 413, what `claim` throws, or an error that is the client's: it has gone, or the body is not compressed as it says
 */
export function bodyReader(mostBytes: number): (request: IncomingMessage, claim: Claim) => Promise<Buffer> {
  return (request, claim) =>
    new Promise((resolve, reject) => {
      const unpacking = unpackingOf(request.headers);
      const body = unpacking === null ? request : request.pipe(unpacking);
      let parts: Buffer[] = [];
      let bytes = 0;
      const stop = (): void => {
        body.off('data', take);
        // what hears of the request's end would hold them for as long as it is worked on
        parts = [];
        if (unpacking !== null) {
          request.unpipe(unpacking);
          unpacking.destroy();
        }
        // what is left flows off, so that the client gets its answer and the connection can be used again
        request.resume();
      };
      const fail = (error: Error): void => {
        stop();
        reject(error);
      };
      const take = (part: Buffer): void => {
        bytes += part.length;
        try {
          if (bytes > mostBytes) throw tooLargeProblem(mostBytes);
          claim(part.length + PART_BYTES);
        } catch (error) {
          fail(error as Error);
          return;
        }
        parts.push(part);
      };
      body.on('data', take);
      body.once('end', () => {
        const whole = Buffer.concat(parts);
        stop();
        resolve(whole);
      });
      // more than one may come, and one that nobody hears would end the process
      unpacking?.on('error', (error) => fail(Object.assign(error, { status: 400 })));
      // the client has gone: what unpacks is not told, nor anything of a request that is whole but not read yet
      request.once('close', () => {
        if (!request.readableEnded) fail(Object.assign(new Error('the client has gone'), CLIENT_GONE));
      });
    });
}

/** Null when the body is to be taken as it comes. @throws Error that is the client's */
function unpackingOf(headers: IncomingHttpHeaders): Transform | null {
  const hasBody = headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
  const encoding = encodingOf(headers);
  if (!hasBody || encoding === 'identity') return null;
  if (encoding === 'gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'br') return createBrotliDecompress();
  throw Object.assign(new Error('unknown Content-Encoding'), UNKNOWN_ENCODING);
}
