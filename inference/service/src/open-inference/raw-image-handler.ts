import type { IncomingMessage } from 'node:http';
import { answerProblem, type EarlyHandler, type Logger } from '@hilum/runtime/core';
import { countFailure } from '../classify-failure.js';
import { JSON_LENGTH_HEADER, rawImageRequest } from './infer-request.js';
import { responseEncoder } from './infer-response.js';
import { MAX_BODY_BYTES, TIMEOUT_HEADER, inferInTurn, type InferOptions } from './infer.js';

export interface RawImageHandlerOptions extends InferOptions {
  log: Logger;
}

// names as `headers` has them
const JSON_LENGTH = JSON_LENGTH_HEADER.toLowerCase();
const TIMEOUT = TIMEOUT_HEADER.toLowerCase();

/**
 * Takes the requests that hold one image as it is before the app sees them: what the app's router and body parser cost is a
 * tenth of what such an image costs, and here its bytes are handed on as they came. It answers as the app would, which gets
 * all others: with a compressed body, one of unknown length or one that is too large, and of other models.
 */
export function rawImageHandler(options: RawImageHandlerOptions): EarlyHandler {
  const { name, version } = options.model.reference;
  const paths = new Set([`/v2/models/${name}/infer`, `/v2/models/${name}/versions/${version}/infer`]);
  let encode: ReturnType<typeof responseEncoder> | null = null;
  return (request, response) => {
    const { method, url = '', headers } = request;
    const length = Number(headers['content-length']);
    const isOurs = method === 'POST' && paths.has(url) && headers[JSON_LENGTH] === '0';
    if (!isOurs || headers['content-encoding'] !== undefined || !(length > 0 && length <= MAX_BODY_BYTES)) return false;
    const answer = async (): Promise<void> => {
      const image = await partsOf(request);
      // who has gone away needs no answer
      if (image === null) return;
      const timeout = headers[TIMEOUT]?.toString();
      const { asked, answer } = await inferInTurn(() => rawImageRequest(image), timeout, options);
      encode ??= responseEncoder(answer, asked.outputs);
      const { headers: answered, body } = encode(answer);
      response.writeHead(200, { ...answered, 'Content-Length': body.length }).end(body);
    };
    options.room
      .during(headers, MAX_BODY_BYTES, answer)
      .catch((error: unknown) => countFailure(error, options.metrics))
      .catch((error: unknown) => answerProblem(response, error, options.log, ({ message }) => ({ error: message })));
    return true;
  };
}

/** Null when the client breaks off. */
function partsOf(request: IncomingMessage): Promise<Uint8Array[] | null> {
  return new Promise((resolve) => {
    const parts: Uint8Array[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => resolve(parts));
    request.once('error', () => resolve(null));
    request.once('close', () => resolve(null));
  });
}
