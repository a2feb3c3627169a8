import { readFileSync } from 'node:fs';
import { scoreEventIdOf, siteTopics, sourceOf } from '@hilum/contracts';
import {
  KafkaAdmin,
  KafkaConsumer,
  KafkaPublisher,
  KafkaReader,
  Loop,
  S3ObjectStore,
  SESSION_SECONDS,
  SignIn,
  assertStoreKeys,
  connectKafka,
  createDatabase,
  createHttpApp,
  kafkaTlsExpiry,
  listen,
  migrateWhenReachable,
  runProcess,
  untilDone,
} from '@hilum/runtime';
import { z } from 'zod';
import { edgeGroups } from './consumer-groups.js';
import { KafkaDeadLetterTopic } from './dead-letters/dead-letter-topic.js';
import { addDeadLettersRoutes } from './dead-letters/dead-letters-routes.js';
import { DeadLetters } from './dead-letters/dead-letters.js';
import { PostgresSettlementStore } from './dead-letters/settlement-store.js';
import { readEdgeConfig } from './edge-settings.js';
import { Heartbeat } from './heartbeat/heartbeat.js';
import { addSiteMetrics } from './heartbeat/site-metrics.js';
import { PostgresSiteNumbersStore } from './heartbeat/site-numbers-store.js';
import { addIntakeRoute } from './intake/intake-route.js';
import { Intake } from './intake/intake.js';
import { PostgresUploadStore } from './intake/upload-store.js';
import { PostgresNotificationStore, queueNotifications } from './notify/notification-store.js';
import { Notifier } from './notify/notifier.js';
import { urgentFinding } from './notify/urgent-finding.js';
import { HttpWebhookClient } from './notify/webhook-client.js';
import { OutageLog } from './outage-log.js';
import { Reconciler } from './reconciler/reconciler.js';
import { DeIdentifier } from './relay/de-identify.js';
import { PostgresOutboxStore, appendToOutbox } from './relay/outbox-store.js';
import { addRelayRoutes } from './relay/relay-routes.js';
import { Relay, hubBoundMessage } from './relay/relay.js';
import { PostgresReplayStore } from './relay/replay-store.js';
import { createStatusPublisher } from './site-status/create-status-publisher.js';
import { siteQuestions } from './site-status/site-questions.js';
import { SiteStatus } from './site-status/site-status.js';
import { addPage } from './studies/page-route.js';
import { PostgresStudyStore } from './studies/postgres-study-store.js';
import { ResultsConsumer } from './studies/results-consumer.js';
import { addStudiesRoutes } from './studies/studies-routes.js';
import { StudyFeed } from './studies/study-feed.js';

const START_BACKOFF = { firstMs: 250, maxMs: 5_000 };
/** How late a loop notices what it was not woken for: another replica's work, or a wake lost in a crash. */
const RELAY_INTERVAL_MS = 1_000;
const NOTIFY_INTERVAL_MS = 2_000;
const FEED_INTERVAL_MS = 2_000;
const CHECK_TIMEOUT_MS = 3_000;
/** Well within the time that what was told is true for. */
const SITE_STATUS_INTERVAL_MS = 60_000;

await runProcess({
  name: 'edge',
  readConfig: () => readEdgeConfig(process.env),
  start: async (config, { log, registry, readiness, stopping, onStop }) => {
    const { siteName: site, siteKey, webhook } = config;
    const statusPublisher = createStatusPublisher(config.siteStatus, process.env);
    readiness.set('database', false);
    readiness.set('consumer', false);

    const database = createDatabase({ databaseUrl: config.databaseUrl, name: 'edge', log, connections: 8 });
    onStop('database', () => database.close());
    const objects = new S3ObjectStore(config);
    onStop('object store', () => objects.close());
    await assertStoreKeys(objects, config);
    const kafka = connectKafka(config, { clientId: 'edge', log });
    const publisher = new KafkaPublisher(kafka);
    onStop('publisher', () => publisher.close());
    const admin = new KafkaAdmin(kafka);
    onStop('admin', () => admin.close());

    const deIdentifier = new DeIdentifier({ site, siteKey, precision: config.hubTimePrecision });
    const eventId = (scored: { imageId: string; model: { digest: string } }): string =>
      scoreEventIdOf(siteKey, scored.imageId, scored.model.digest);
    const studies = new PostgresStudyStore(database, {
      eventId,
      announce: (client, results) =>
        appendToOutbox(
          client,
          results.map(({ scored, sequence, supersedes }) => ({
            ...deIdentifier.resultRecorded(scored, { sequence, supersedes }),
            sequence,
          })),
        ),
      notify: async (client, urgent) => {
        if (webhook === null) return;
        const now = new Date();
        const findings = urgent.map(({ scored }) => urgentFinding(scored, eventId(scored), now));
        await queueNotifications(client, findings, now);
      },
    });
    const feed = new StudyFeed(studies);
    const signIn = new SignIn({ staff: config.staffToken, 'hospital-it': config.hospitalItToken });
    const uploads = new PostgresUploadStore(database);
    const { intakeBucket: bucket, keyEncoding } = config;
    const intake = new Intake({ objects, uploads, bucket, siteKey });

    const outbox = new PostgresOutboxStore(database, sourceOf(site, 'edge'));
    const replays = new PostgresReplayStore(database, sourceOf(site, 'edge'));
    /** Started when the database has its tables. */
    let relayLoop: Loop | null = null;
    const reader = new KafkaReader({ kafka, admin, groupPrefix: edgeGroups.deadLetters });
    const deadLetters = new DeadLetters({
      topic: new KafkaDeadLetterTopic(admin, reader),
      settlements: new PostgresSettlementStore(database),
      uploads: publisher,
      notification: { intakeBucket: bucket, keyEncoding },
      siteKey,
    });

    const http = await listen(
      createHttpApp({
        log,
        registry,
        readiness,
        routes: (app) => {
          signIn.addRoutes(app);
          addIntakeRoute(app, { intake, signIn, maxBytes: config.maxUploadBytes, registry });
          const { resultsBucket } = config;
          addStudiesRoutes(app, { store: studies, feed, objects, resultsBucket, signIn, stopping });
          addRelayRoutes(app, { replays, signIn, log, onAsked: () => relayLoop?.wake() });
          addDeadLettersRoutes(app, { deadLetters, signIn, log });
          addPage(app);
        },
      }),
      config.httpHost,
      config.port,
    );
    onStop('http', () => http.close());

    const folder = new URL('../migrations/', import.meta.url);
    if (!(await migrateWhenReachable({ databaseUrl: config.databaseUrl, folder, log, signal: stopping }))) return;
    readiness.set('database', true);

    /** A loop that tells of an outage once, registered to be stopped. */
    const startLoop = (name: string, intervalMs: number, round: (signal: AbortSignal) => Promise<unknown>): Loop => {
      const outage = new OutageLog(log, name);
      const loop = new Loop({
        round: async (signal) => {
          await round(signal);
          outage.worked();
        },
        intervalMs,
        onError: (error) => outage.failed(error),
      });
      loop.start();
      onStop(name, () => loop.stop());
      return loop;
    };

    const relay = new Relay({ outbox, replays, publisher, precision: config.hubTimePrecision });
    relayLoop = startLoop('the relay', RELAY_INTERVAL_MS, (signal) => relay.drain(signal));
    const feedLoop = startLoop('the live list', FEED_INTERVAL_MS, () => feed.round());

    const notifications = new PostgresNotificationStore(database);
    let notifyLoop: Loop | null = null;
    if (webhook === null) log.info('no webhook is set: nobody is told of urgent findings but by the list');
    else {
      const notifier = new Notifier({ store: notifications, client: new HttpWebhookClient(webhook), log, registry });
      notifyLoop = startLoop('the notification of staff', NOTIFY_INTERVAL_MS, (signal) => notifier.round(signal));
    }

    const reconciler = new Reconciler({ objects, outcomes: studies, publisher, bucket, siteKey, keyEncoding });
    startLoop('the reconciler', config.reconcileIntervalMs, async (signal) => {
      const queued = await reconciler.round(signal);
      if (queued > 0) log.info({ images: queued }, 'images without an outcome were queued again');
    });

    const heartbeat = new Heartbeat({
      numbers: new PostgresSiteNumbersStore(database),
      backlog: () => reconciler.backlog,
      deadLetters: () => deadLetters.openCount(),
      checks: {
        store: () => objects.ping(config.intakeBucket),
        kafka: () => admin.listTopics(),
        inference: (signal) => assertAnswers(new URL('/v2/health/ready', config.inferenceUrl), signal),
      },
      publish: async (beat) => {
        const event = deIdentifier.heartbeat(beat);
        await publisher.publish(event.topic, [hubBoundMessage(event, 'exact', Date.now())]);
      },
      onStatus: (status) => readiness.set('database', status.database === 'up'),
      appVersion: appVersion(),
      checkTimeoutMs: CHECK_TIMEOUT_MS,
    });
    startLoop('the heartbeat', config.heartbeatIntervalMs, () => heartbeat.beat());
    addSiteMetrics(registry, { heartbeat, reconciler, notifications });

    if (statusPublisher !== null) {
      const siteStatus = new SiteStatus({
        questions: siteQuestions(
          {
            ownUrl: `http://${reachable(config.httpHost)}:${config.port}`,
            storeEndpoint: config.s3Endpoint,
            buckets: [config.intakeBucket, config.resultsBucket],
            inferenceUrl: config.inferenceUrl,
          },
          { database, objects },
        ),
        connections: {
          isBrokerMutualTls: config.kafkaTlsCaFile !== undefined && config.kafkaTlsCertFile !== undefined,
          isStoreTls: config.s3Endpoint.startsWith('https:'),
        },
        brokerCertificateExpiresAt: () => firstEnd(kafkaTlsExpiry(config)),
        relayLagSeconds: () => (heartbeat.status.database === 'up' ? heartbeat.numbers.relayLagSeconds : null),
        sessionSeconds: SESSION_SECONDS,
        publisher: statusPublisher,
        site,
        appVersion: appVersion(),
        questionTimeoutMs: CHECK_TIMEOUT_MS,
      });
      startLoop('the status for policies', SITE_STATUS_INTERVAL_MS, (signal) => siteStatus.tell(signal));
    }

    const results = new ResultsConsumer({
      store: studies,
      log,
      registry,
      onRecorded: () => {
        relayLoop?.wake();
        feedLoop.wake();
        notifyLoop?.wake();
      },
    });
    const consumer = new KafkaConsumer({ kafka, groupId: edgeGroups.results, log }, results);
    onStop('consumer', () => consumer.stop());
    const brokerOutage = new OutageLog(log, 'the start, for want of the broker,');
    const consuming = await untilDone(() => consumer.consume([siteTopics.studyScored]), {
      backoff: START_BACKOFF,
      signal: stopping,
      onFailure: (error) => brokerOutage.failed(error),
    });
    if (consuming !== null) readiness.set('consumer', true);
  },
});

function firstEnd(ends: readonly { seconds: number }[]): Date | null {
  return ends.length === 0 ? null : new Date(Math.min(...ends.map(({ seconds }) => seconds)) * 1000);
}

/** Where a process reaches what itself listens to on all addresses. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host.includes(':') ? (host === '::' ? '[::1]' : `[${host}]`) : host;
}

async function assertAnswers(url: URL, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { signal });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`);
}

function appVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(manifest)).version;
}
