import { createHttpApp, SignIn, type Database, type Logger, type Readiness, type Registry } from '@hilum/runtime';
import type { Express } from 'express';
import type { HubRole } from './api/access-rule.js';
import { addApiRoutes } from './api/api-routes.js';
import { addConsoleRoutes } from './api/console-routes.js';
import type { ReleaseCatalogue } from './releases/release-catalogue.js';
import { streamRoute } from './stream/stream-route.js';
import type { StreamSource } from './stream/stream-source.js';

/** The hub's HTTP side: API, stream and console. */
export function createHubApp(options: {
  database: Database;
  stream: StreamSource;
  catalogue: ReleaseCatalogue;
  tokens: Readonly<Record<HubRole, string>>;
  consoleFolder: string;
  log: Logger;
  registry: Registry;
  readiness: Readiness;
  stopping: AbortSignal;
  now: () => number;
}): Express {
  const { database, stream, catalogue, tokens, consoleFolder, log, registry, readiness, stopping, now } = options;
  const signIn = new SignIn<HubRole>(tokens, now);
  return createHttpApp({
    log,
    registry,
    readiness,
    routes: (app) => {
      addApiRoutes(app, {
        database,
        catalogue,
        signIn,
        now,
        stream: streamRoute({ source: stream, stopping }),
      });
      addConsoleRoutes(app, consoleFolder);
    },
  });
}
