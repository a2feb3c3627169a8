import {
  createHttpApp,
  derivedKey,
  OidcSignIn,
  SignIn,
  type Database,
  type Logger,
  type OidcIssuer,
  type Readiness,
  type Registry,
  type RoleTokens,
  type SignInOptions,
  type TokenVerifier,
} from '@hilum/runtime';
import type { Express } from 'express';
import { HUB_ROLES, type HubRole } from './api/access-rule.js';
import { addApiRoutes } from './api/api-routes.js';
import type { Anchoring } from './audit/anchoring.js';
import { compressed } from './api/compressed.js';
import { recordAccess } from './audit/audit-store.js';
import type { EvidenceOptions } from './evidence/evidence-route.js';
import type { RequestLimits } from './api/request-limit.js';
import { unavailable } from './api/unavailable.js';
import { addConsoleRoutes } from './api/console-routes.js';
import type { Fleet } from './fleet-feed/fleet.js';
import type { ReleaseCatalogue } from './releases/release-catalogue.js';
import { streamRoute } from './stream/stream-route.js';
import type { StreamSource } from './stream/stream-source.js';

/** What signs people and programs in at an identity provider. */
export interface OidcParts<Role extends string> {
  issuer: OidcIssuer<Role>;
  verifier: TokenVerifier<Role>;
}

/** The hub's HTTP side: API, stream and console. */
export function createHubApp(options: {
  database: Database;
  stream: StreamSource;
  catalogue: ReleaseCatalogue;
  anchoring: Pick<Anchoring, 'anchor'>;
  evidence: EvidenceOptions;
  /** what tells of the fleet; null: nothing does */
  fleet: Fleet | null;
  tokens: RoleTokens<HubRole>;
  /** null: only by tokens */
  oidc: OidcParts<HubRole> | null;
  consoleFolder: string;
  log: Logger;
  registry: Registry;
  readiness: Readiness;
  stopping: AbortSignal;
  limits: RequestLimits;
  now: () => number;
}): Express {
  const { database, stream, catalogue, anchoring, evidence, fleet, tokens, oidc, consoleFolder, log } = options;
  const { registry, readiness, stopping, limits, now } = options;
  const signIn = new SignIn<HubRole>(tokens, {
    now,
    federation: oidc === null ? undefined : federationOf(oidc),
    isSecure: oidc?.issuer.config.publicUrl.startsWith('https:') === true,
    onSession: (action, who) => recordAccess(database, { at: new Date(now()), who, action, query: null }),
  });
  return createHttpApp({
    log,
    registry,
    readiness,
    routes: (app) => {
      app.use(compressed());
      addApiRoutes(app, {
        database,
        catalogue,
        anchoring,
        evidence,
        fleet,
        signIn,
        now,
        stopping,
        limits,
        oidcSignIn: oidc === null ? null : new OidcSignIn({ issuer: oidc.issuer, signIn, log, now }),
        stream: (onOpening) => streamRoute({ source: stream, stopping, onOpening }),
      });
      addConsoleRoutes(app, consoleFolder);
      app.use(unavailable(log));
    },
  });
}

function federationOf({ issuer, verifier }: OidcParts<HubRole>): SignInOptions<HubRole>['federation'] {
  return { verifier, roles: HUB_ROLES, sessionKey: derivedKey(issuer.config.key, 'session') };
}
