import type { ServerResponse } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Logger } from '../log/logger.js';

/** An answer in the form of RFC 9457. `detail` names the field and the fix. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    code: string,
    title: string,
    detail: string,
    options: { retryAfterSeconds?: number } = {},
  ) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.title = title;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Members that a service adds to its problems, as RFC 9457 allows, for clients that look elsewhere. */
export type ExtensionMembers = (request: Request, problem: Problem) => Record<string, string>;

const noExtensions: ExtensionMembers = () => ({});

export function sendProblem(response: Response, problem: Problem, extensions: Record<string, string> = {}): void {
  const { headers, body } = encodeProblem(problem, extensions);
  response.status(problem.status).set(headers).send(body);
}

/** Of a handler without an app around it: tells an error as {@link problemHandler} does. */
export function answerProblem(
  response: ServerResponse,
  error: unknown,
  log: Logger,
  extensions: (problem: Problem) => Record<string, string>,
): void {
  const problem = asProblem(error, log);
  const { headers, body } = encodeProblem(problem, extensions(problem));
  response.writeHead(problem.status, { ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body);
}

function encodeProblem(
  problem: Problem,
  extensions: Record<string, string>,
): { headers: Record<string, string>; body: string } {
  return {
    headers: {
      'Content-Type': 'application/problem+json; charset=utf-8',
      ...(problem.retryAfterSeconds === undefined ? {} : { 'Retry-After': String(problem.retryAfterSeconds) }),
      // RFC 9110 asks for it; browsers show no dialogue for this scheme
      ...(problem.status === 401 ? { 'WWW-Authenticate': 'Bearer realm="hilum"' } : {}),
    },
    body: JSON.stringify({
      ...extensions,
      type: `urn:hilum:problem:${problem.code}`,
      title: problem.title,
      status: problem.status,
      code: problem.code,
      detail: problem.message,
    }),
  };
}

export function notFound(extensions: ExtensionMembers = noExtensions): RequestHandler {
  return (request, response) => {
    const problem = new Problem(404, 'HILUM_HTTP_NOT_FOUND', 'Not found', 'there is nothing at this path');
    sendProblem(response, problem, extensions(request, problem));
  };
}

/** Last handler: problems as they are, body-parser's errors translated, anything else a 500 that tells nothing. */
export function problemHandler(log: Logger, extensions: ExtensionMembers = noExtensions): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = asProblem(error, log);
    sendProblem(response, problem, extensions(request, problem));
  };
}

function asProblem(error: unknown, log: Logger): Problem {
  if (error instanceof Problem) return error;
  if (isOfTheClient(error)) return unreadable(error);
  log.error({ err: error }, 'request failed');
  return new Problem(
    500,
    'HILUM_HTTP_INTERNAL',
    'Internal error',
    'the request failed; the log of the service says why',
  );
}

/** Whether an error of Express or its parser of bodies says that the client has to do something else. */
export function isOfTheClient(error: unknown): error is ClientError {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500;
}

/** @param mostBytes that are taken, where that is known */
export function tooLargeProblem(mostBytes?: number): Problem {
  const limit = mostBytes === undefined ? 'this service takes' : `the ${mostBytes} bytes that are taken here`;
  return new Problem(413, 'HILUM_HTTP_BODY_TOO_LARGE', 'Body too large', `the body is larger than ${limit}`);
}

/** As body-parser 2 tells what is wrong with a body; what decompresses adds codes of its own (zlib's `Z_…`, brotli's `ERR__ERROR…`). */
export interface ClientError {
  status: number;
  type?: string;
  code?: string;
  /** the most that is taken */
  limit?: number;
}

function unreadable({ status, type, code, limit }: ClientError): Problem {
  if (status === 413) return tooLargeProblem(limit);
  const detail = (): string => {
    if (type === 'encoding.unsupported') return 'Content-Encoding: must be gzip, deflate or br, or left out';
    if (/^(Z_|ERR__ERROR)/.test(code ?? ''))
      return 'Content-Encoding: the body is not compressed as it says, or not whole';
    if (type === 'request.size.invalid') return 'Content-Length: is not the length of the body';
    if (type === 'entity.parse.failed') return 'body: must be JSON';
    return 'the request could not be read';
  };
  return new Problem(status, 'HILUM_HTTP_BAD_REQUEST', 'Bad request', detail());
}
