import {
  createHttpApp,
  SignIn,
  type Database,
  type Logger,
  type Readiness,
  type Registry,
  type RoleTokens,
} from '@hilum/runtime';
import type { Express } from 'express';
import type { HubRole } from './api/access-rule.js';
import { addApiRoutes } from './api/api-routes.js';
import { recordAccess } from './audit/audit-store.js';
import { addConsoleRoutes } from './api/console-routes.js';
import { streamRoute } from './stream/stream-route.js';
import type { StreamSource } from './stream/stream-source.js';

/** The hub's HTTP side: API, stream and console. */
export function createHubApp(options: {
  database: Database;
  stream: StreamSource;
  tokens: RoleTokens<HubRole>;
  consoleFolder: string;
  log: Logger;
  registry: Registry;
  readiness: Readiness;
  stopping: AbortSignal;
  now: () => number;
}): Express {
  const { database, stream, tokens, consoleFolder, log, registry, readiness, stopping, now } = options;
  const signIn = new SignIn<HubRole>(tokens, {
    now,
    onSession: (action, principal) => recordAccess(database, { at: new Date(now()), principal, action, query: null }),
  });
  return createHttpApp({
    log,
    registry,
    readiness,
    routes: (app) => {
      addApiRoutes(app, {
        database,
        signIn,
        now,
        stream: (onOpening) => streamRoute({ source: stream, stopping, onOpening }),
      });
      addConsoleRoutes(app, consoleFolder);
    },
  });
}
