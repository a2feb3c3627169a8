import { constants } from 'node:zlib';
import compression from 'compression';
import type { RequestHandler } from 'express';

/** Smaller costs nothing less than this. */
const LEAST_BYTES = 1_024;
/** A few milliseconds for the list of a thousand sites, and within a tenth of what more would reach. */
const BROTLI_QUALITY = 4;

/**
 * Answers in brotli or gzip to who accepts it: a list of a thousand sites is a tenth then. Not the stream, whose events
 * would wait for a full block.
 */
export function compressed(): RequestHandler {
  return compression({
    threshold: LEAST_BYTES,
    brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    filter: (request, response) =>
      !String(response.getHeader('Content-Type')).startsWith('text/event-stream') &&
      compression.filter(request, response),
  });
}
