import { Readiness, Registry, SignIn, createHttpApp, createLogger, listen, type Logger } from '@hilum/runtime';
import type { Express } from 'express';
import type { SiteRole } from '../site-role.js';

export const STAFF = { authorization: 'Bearer staff-token' };
export const HOSPITAL_IT = { authorization: 'Bearer it-token' };

/** Serves routes on a free port as the edge does; `call` takes a body as JSON, and is hospital IT unless told. */
export async function serveRoutes(
  routes: (app: Express, parts: { signIn: SignIn<SiteRole>; log: Logger }) => void,
): Promise<{
  call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Response>;
  close: () => Promise<void>;
}> {
  const log = createLogger({ process: 'test', level: 'silent' });
  const signIn = new SignIn<SiteRole>({ staff: 'staff-token', 'hospital-it': 'it-token' });
  const app = createHttpApp({
    log,
    registry: new Registry(),
    readiness: new Readiness(),
    routes: (express) => routes(express, { signIn, log }),
  });
  const server = await listen(app, '127.0.0.1', 0);
  return {
    call: (method, path, body, headers = HOSPITAL_IT) =>
      fetch(`http://127.0.0.1:${server.port}${path}`, {
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    close: server.close,
  };
}
