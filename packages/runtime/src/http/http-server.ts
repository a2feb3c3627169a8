import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import express, { type Express } from 'express';
import type { Logger } from '../log/logger.js';
import type { Readiness } from '../lifecycle/run-process.js';
import type { Registry } from '../metrics/metrics.js';
import { Problem, notFound, problemHandler, sendProblem, type ExtensionMembers } from './problem.js';

export interface HttpOptions {
  log: Logger;
  registry: Registry;
  readiness: Readiness;
  /** Adds the service's own routes, between the open ones and the final 404. */
  routes: (app: Express) => void;
  /** what else the problems of some paths hold */
  problemMembers?: ExtensionMembers;
}

/**
 * The frame of every HTTP service: `/healthz` (the process answers), `/readyz` (it should be sent work; says what is
 * missing), `/metrics`, then the service's routes, then problems for whatever is left.
 */
export function createHttpApp({ log, registry, readiness, routes, problemMembers }: HttpOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'alive' });
  });
  app.get('/readyz', (_request, response) => {
    if (readiness.isReady) response.json({ status: 'ready' });
    else
      sendProblem(
        response,
        new Problem(503, 'HILUM_HTTP_NOT_READY', 'Not ready', `waiting for: ${readiness.missing.join(', ')}`, {
          retryAfterSeconds: 1,
        }),
      );
  });
  app.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  routes(app);
  app.use(notFound(problemMembers));
  app.use(problemHandler(log, problemMembers));
  return app;
}

/**
 * How long a connection is kept that nobody uses, longer than proxies keep theirs (Go's 90 s, in Knative as well): who closes
 * first while a request is on its way has it lost, and a proxy can only answer 502 then.
 */
const KEPT_MS = 95_000;

/** With a consumer's two seconds before it and what comes after, within the 8 s that a stop may take as a whole (run-process.ts). */
const LAST_ANSWERS_MS = 5_000;

/** Answers a request before the app sees it and returns true, or leaves it alone and returns false. */
export type EarlyHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface ListeningServer {
  port: number;
  /** Resolves when a request has been answered or broken off, the first to be: as a rule the probe that waits for the service. */
  firstAnswer: Promise<void>;
  /** @param lastAnswersMs how long requests under way may take to be answered; none of a client that has stopped to send would be */
  close: (lastAnswersMs?: number) => Promise<void>;
}

/**
 * Listens, then resolves with a close function that stops accepting, lets requests under way finish, drops idle
 * keep-alive connections, which would otherwise hold the stop for minutes, and answers those in use once more.
 * @param early for the requests that are so many that what the app costs counts
 * @throws Error naming the address when it cannot be bound
 */
export async function listen(
  app: Express,
  host: string,
  port: number,
  early: EarlyHandler = () => false,
): Promise<ListeningServer> {
  let isClosing = false;
  const server = createServer((request, response) => {
    // whoever goes on asking would keep its connection and the stop would never end; so it turns to another instance
    if (isClosing) response.setHeader('Connection', 'close');
    if (!early(request, response)) app(request, response);
  });
  // Node would ask for the body at once, also for one that is refused by what its header says
  server.on('checkContinue', (request, response) => {
    continueWhenRead(request, response);
    server.emit('request', request, response);
  });
  server.keepAliveTimeout = KEPT_MS;
  const firstAnswer = new Promise<void>((resolve) => {
    server.on('request', function watch(_request, response) {
      response.once('close', () => {
        server.off('request', watch);
        resolve();
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new Error(`HILUM_HTTP_PORT_UNAVAILABLE: cannot listen on ${host}:${port} (${error.code ?? error.message})`),
      ),
    );
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    firstAnswer,
    close: (lastAnswersMs = LAST_ANSWERS_MS) => {
      isClosing = true;
      return closeServer(server, lastAnswersMs);
    },
  };
}

/**
 * For a client that waits with its body for `100 Continue`: tells it to go on when the body is asked for, by whatever means. Who is
 * answered before is told by Node that the connection ends, for nobody knows whether the body still comes.
 */
function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  const read = request._read.bind(request);
  request._read = (size) => {
    request._read = read;
    // what is read after the answer is thrown away
    if (!response.headersSent) response.writeContinue();
    read(size);
  };
}

async function closeServer(server: Server, lastAnswersMs: number): Promise<void> {
  // a connection whose request ends now would otherwise stay open for as long as one that nobody uses
  server.keepAliveTimeout = 1;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const breakOff = setTimeout(() => server.closeAllConnections(), lastAnswersMs);
  await closed;
  clearTimeout(breakOff);
}
