import { listen } from '@hilum/runtime';
import type { Express } from 'express';
import { createHubApp } from '../hub-app.js';
import { hasMoreAfter, lastPosition, resultsAfter } from '../ledger/result-store.js';
import { ReleaseCatalogue } from '../releases/release-catalogue.js';
import { StreamSource, type StreamSourceOptions } from '../stream/stream-source.js';
import type { TestHub } from './start-test-hub.js';

export const TEST_TOKENS = { 'hospital-it': 'token-it', 'data-science': 'token-ds', compliance: 'token-co' } as const;

/** Of the results in the test hub's database. */
export function testHubStream({ database }: TestHub, more: Partial<StreamSourceOptions> = {}): StreamSource {
  return new StreamSource({
    resultsAfter: (position, limit) => resultsAfter(database, position, limit),
    lastPosition: () => lastPosition(database),
    hasMoreAfter: (position, count) => hasMoreAfter(database, position, count),
    onClients: () => undefined,
    ...more,
  });
}

type AppOptions = Parameters<typeof createHubApp>[0];

/** The HTTP side of a test hub: by tokens alone, without releases, a fleet or a console, unless a test says otherwise. */
export function testHubApp(hub: TestHub, more: Partial<AppOptions> = {}): Express {
  return createHubApp({
    database: hub.database,
    stream: testHubStream(hub),
    catalogue: new ReleaseCatalogue([]),
    anchoring: hub.anchoring,
    evidence: hub.evidence,
    fleet: null,
    tokens: TEST_TOKENS,
    oidc: null,
    consoleFolder: '/nowhere/',
    log: hub.log,
    registry: hub.registry,
    readiness: hub.readiness,
    stopping: new AbortController().signal,
    limits: { requestsPerMinute: 1_000_000, signInsPerMinute: 1_000_000 },
    now: () => hub.clock.now,
    ...more,
  });
}

/** Serves it at a port of this machine. */
export function serveTestHub(
  hub: TestHub,
  more: Partial<AppOptions> = {},
): Promise<{ close: () => Promise<void>; port: number }> {
  return listen(testHubApp(hub, more), '127.0.0.1', 0);
}
