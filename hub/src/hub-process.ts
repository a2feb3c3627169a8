import { fileURLToPath } from 'node:url';
import {
  connectKafka,
  createDatabase,
  JwtVerifier,
  KafkaAdmin,
  KafkaConsumer,
  listen,
  Loop,
  migrateWhenReachable,
  OidcIssuer,
  runProcess,
  untilDone,
  type ProcessContext,
} from '@hilum/runtime';
import { FleetWatch } from './fleet/fleet-watch.js';
import type { HubRole } from './api/access-rule.js';
import { createHubApp, type OidcParts } from './hub-app.js';
import { readHubConfig, type HubConfig } from './hub-config.js';
import { createHubMetrics } from './hub-metrics.js';
import { Ingest } from './ingest/ingest.js';
import { TopicWatch } from './ingest/topic-watch.js';
import { addSites } from './ledger/ledger-store.js';
import { hasMoreAfter, lastPosition, resultsAfter } from './ledger/result-store.js';
import { StreamSource } from './stream/stream-source.js';

const TOPIC_WATCH_INTERVAL_MS = 2_000;
const FLEET_INTERVAL_MS = 3_000;
/** Results that another replica recorded are seen at this interval, our own at once. */
const STREAM_INTERVAL_MS = 1_000;
const SIGN_INS_PER_MINUTE = 120;
const KEEP_ALIVE_INTERVAL_MS = 15_000;

await runProcess({ name: 'hub', readConfig: () => readHubConfig(process.env), start });

async function start(config: HubConfig, context: ProcessContext): Promise<void> {
  const { log, registry, readiness, stopping, onStop } = context;
  readiness.set('database', false);
  readiness.set('migrations', false);
  readiness.set('consumer', false);
  const metrics = createHubMetrics(registry);
  const database = createDatabase({ databaseUrl: config.databaseUrl, name: 'hub', log, connections: 10 });
  onStop('database', () => database.close());

  const stream = new StreamSource({
    resultsAfter: (position, limit) => resultsAfter(database, position, limit),
    lastPosition: () => lastPosition(database),
    hasMoreAfter: (position, count) => hasMoreAfter(database, position, count),
    onClients: (count) => metrics.streamClients.set(count),
  });
  const oidc = oidcPartsOf(config);
  if (oidc !== null) {
    readiness.set('identity provider', false);
    // beside everything else: an identity provider that is away keeps no result from being recorded
    const found = untilDone(() => oidc.issuer.discover(), {
      backoff: { firstMs: 500, maxMs: 15_000 },
      signal: stopping,
      onFailure: (error) => log.warn({ err: error }, 'the identity provider did not answer, trying again'),
    }).then((outcome) => outcome !== null && readiness.set('identity provider', true));
    onStop('identity provider', async () => void (await found));
  }
  const app = createHubApp({
    database,
    stream,
    tokens: config.tokens,
    oidc,
    consoleFolder: fileURLToPath(new URL('../console/dist/', import.meta.url)),
    log,
    registry,
    readiness,
    stopping,
    limits: { requestsPerMinute: config.requestsPerMinute, signInsPerMinute: SIGN_INS_PER_MINUTE },
    now: Date.now,
  });
  // before anything that may have to wait, so that the process answers /healthz while it does
  const http = await listen(app, config.httpHost, config.hubPort);
  onStop('http', () => http.close());

  const folder = new URL('../migrations/', import.meta.url);
  if (!(await migrateWhenReachable({ databaseUrl: config.databaseUrl, folder, log, signal: stopping }))) return;
  readiness.set('database', true);
  readiness.set('migrations', true);

  const streamLoop = new Loop({
    round: () => stream.round(),
    intervalMs: STREAM_INTERVAL_MS,
    onError: (error) => log.warn({ err: error }, 'the stream could not be continued, trying again'),
  });
  const keepAliveLoop = new Loop({
    round: () => Promise.resolve(stream.keepAlive()),
    intervalMs: KEEP_ALIVE_INTERVAL_MS,
    onError: (error) => log.warn({ err: error }, 'keep-alive failed'),
  });

  const kafka = connectKafka(config, { clientId: 'hub', log });
  const admin = new KafkaAdmin(kafka);
  onStop('kafka admin', () => admin.close());
  const ingest = new Ingest({ database, log, metrics, onRecorded: () => streamLoop.wake(), now: Date.now });
  const consumer = new KafkaConsumer(
    { kafka, groupId: 'hub.ledger', log },
    { handleBatch: (messages) => ingest.handleBatch(messages) },
  );
  onStop('consumer', () => consumer.stop());
  const topicWatch = new TopicWatch({
    listTopics: () => admin.listTopics(),
    consume: (topics) => consumer.consume(topics),
    addSites: (names, now) => addSites(database, names, now),
    now: Date.now,
  });
  const topicLoop = new Loop({
    round: async () => {
      await topicWatch.round();
      readiness.set('consumer', true);
    },
    intervalMs: TOPIC_WATCH_INTERVAL_MS,
    onError: (error) => log.warn({ err: error }, 'the broker or the database did not answer, trying again'),
  });

  const fleetWatch = new FleetWatch({
    database,
    metrics,
    listeningSince: () => topicWatch.listeningSince,
    onSite: (site) => stream.tellSite(site),
    onAlarm: (alarm) => stream.tellAlarm(alarm),
    now: Date.now,
  });
  const fleetLoop = new Loop({
    round: async () => {
      await fleetWatch.round();
      readiness.set('database', true);
    },
    intervalMs: FLEET_INTERVAL_MS,
    onError: (error) => {
      readiness.set('database', false);
      log.warn({ err: error }, 'the fleet could not be judged, trying again');
    },
  });

  for (const [name, loop] of Object.entries({ streamLoop, keepAliveLoop, topicLoop, fleetLoop })) {
    loop.start();
    onStop(name, () => loop.stop());
  }
}

function oidcPartsOf({ oidc }: HubConfig): OidcParts<HubRole> | null {
  if (oidc === null) return null;
  const issuer = new OidcIssuer(oidc);
  return { issuer, verifier: new JwtVerifier(issuer, { now: Date.now }) };
}
