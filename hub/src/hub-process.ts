import { fileURLToPath } from 'node:url';
import {
  assertStoreKeys,
  connectKafka,
  createDatabase,
  JwtVerifier,
  KafkaAdmin,
  KafkaConsumer,
  kafkaTlsExpiry,
  listen,
  Loop,
  migrateWhenReachable,
  OidcIssuer,
  runProcess,
  untilDone,
  S3ObjectStore,
  type Database,
  type ProcessContext,
} from '@hilum/runtime';
import { AuditChain, readHead, readWaiting } from './audit/audit-chain.js';
import { Anchoring, AuditBrokenError } from './audit/anchoring.js';
import { AuditKeys, AuditSigner, publicKeysOf } from './audit/audit-key.js';
import { ComplianceWatch } from './compliance/compliance-watch.js';
import { createFleet } from './fleet-feed/create-fleet.js';
import { FleetRecorder } from './fleet-feed/fleet-recorder.js';
import type { Fleet } from './fleet-feed/fleet.js';
import { readControls } from './evidence/controls.js';
import type { SignInFacts } from './evidence/evidence-facts.js';
import type { EvidenceOptions } from './evidence/evidence-route.js';
import { FleetWatch } from './fleet/fleet-watch.js';
import { HUB_ROLES, type HubRole } from './api/access-rule.js';
import { createHubApp, type OidcParts } from './hub-app.js';
import { readHubConfig, type HubConfig } from './hub-config.js';
import { addCertificateMetric, createHubMetrics, type HubMetrics } from './hub-metrics.js';
import type { LedgerTable } from './retention/ledger-tables.js';
import { Ingest } from './ingest/ingest.js';
import { LEDGER_GROUP } from './ingest/ledger-group.js';
import { readPositions } from './ingest/position-store.js';
import { TopicWatch } from './ingest/topic-watch.js';
import { addSites } from './ledger/ledger-store.js';
import { hasMoreAfter, lastPosition, resultsAfter } from './ledger/result-store.js';
import { ReleaseCatalogue, readReleases } from './releases/release-catalogue.js';
import { databaseClock, Retention, type RetentionDays } from './retention/retention.js';
import { StreamSource } from './stream/stream-source.js';

const TOPIC_WATCH_INTERVAL_MS = 2_000;
const FLEET_INTERVAL_MS = 3_000;
const COMPLIANCE_INTERVAL_MS = 3_000;
/** Results that another replica recorded are seen at this interval, our own at once. */
const STREAM_INTERVAL_MS = 1_000;
const SIGN_INS_PER_MINUTE = 120;
const KEEP_ALIVE_INTERVAL_MS = 15_000;
const RETENTION_INTERVAL_MS = 600_000;
const CHAIN_INTERVAL_MS = 1_000;
/** Looked at this often whether the day's anchor is there. */
const ANCHOR_INTERVAL_MS = 60_000;
/** Batches of several partitions are recorded together: this many at most. */
const CONCURRENT_PARTITIONS = 64;

await runProcess({ name: 'hub', readConfig: () => readHubConfig(process.env), start });

async function start(config: HubConfig, context: ProcessContext): Promise<void> {
  const { log, registry, readiness, stopping, onStop } = context;
  readiness.set('database', false);
  readiness.set('migrations', false);
  readiness.set('consumer', false);
  const metrics = createHubMetrics(registry, Date.now);
  addCertificateMetric(registry, kafkaTlsExpiry(config));
  const database = createDatabase({ databaseUrl: config.databaseUrl, name: 'hub', log, connections: 10 });
  onStop('database', () => database.close());
  const store = new S3ObjectStore(config);
  onStop('object store', () => store.close());
  const { chain, anchoring, evidence } = auditOf(config, store, context, metrics, database);

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
  const catalogue = await loadCatalogue(config, context, metrics);
  const fleet = createFleet(config, { log, metrics: metrics.compliance, now: Date.now });
  const app = createHubApp({
    database,
    stream,
    catalogue,
    anchoring,
    evidence,
    fleet,
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
  await assertStoreKeys(store, { s3Endpoint: config.s3Endpoint, intakeBucket: config.auditBucket });

  const folder = new URL('../migrations/', import.meta.url);
  if (!(await migrateWhenReachable({ databaseUrl: config.databaseUrl, folder, log, signal: stopping }))) return;
  const retention = new Retention({
    database,
    log,
    days: retentionDaysOf(config),
    now: Date.now,
    databaseNow: () => databaseClock(database),
    announceExpiry: (firstKept) => anchoring.announceExpiry(firstKept),
  });
  // Before anything is recorded: what has expired must be known, and an older ledger be in its partitions.
  const isPartitioned = await untilDone(() => retention.round(), {
    backoff: { firstMs: 250, maxMs: 5_000 },
    signal: stopping,
    onFailure: (error) => log.warn({ err: error }, 'the partitions of the ledger could not be made, trying again'),
  });
  if (isPartitioned === null) return;
  readiness.set('database', true);
  readiness.set('migrations', true);
  const retentionLoop = new Loop({
    round: () => retention.round(),
    intervalMs: RETENTION_INTERVAL_MS,
    onError: (error) => log.warn({ err: error }, 'the partitions of the ledger could not be kept, trying again'),
  });

  const chainLoop = new Loop({
    round: async () => {
      await chain.round();
      metrics.audit.position.set((await readHead(database)).position);
      metrics.audit.waiting.set((await readWaiting(database)).count);
    },
    intervalMs: CHAIN_INTERVAL_MS,
    onError: (error) => log.warn({ err: error }, 'the audit could not be chained, trying again'),
  });
  const anchorLoop = new Loop({
    round: async () => void (await anchoring.round()),
    intervalMs: ANCHOR_INTERVAL_MS,
    onError: (error) => {
      // said already, as an error
      if (error instanceof AuditBrokenError) return;
      log.warn({ err: error }, 'the audit could not be anchored, trying again');
    },
  });

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
  let logId = '';
  const ingest = new Ingest({
    database,
    log,
    metrics,
    cover: (table, times) => retention.cover(table, times),
    logId: () => logId,
    onRecorded: () => streamLoop.wake(),
    now: Date.now,
  });
  const consumer = new KafkaConsumer(
    {
      kafka,
      groupId: LEDGER_GROUP,
      log,
      concurrentPartitions: CONCURRENT_PARTITIONS,
      recorded: async () => {
        logId = await admin.clusterId();
        return readPositions(database, logId);
      },
    },
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

  const loops: Record<string, Loop> = {
    ...{ streamLoop, keepAliveLoop, topicLoop, fleetLoop, retentionLoop, chainLoop, anchorLoop },
  };
  if (fleet !== null) loops['complianceLoop'] = followFleet(fleet, { database, retention, stream, metrics }, context);
  for (const [name, loop] of Object.entries(loops)) {
    loop.start();
    onStop(name, () => loop.stop());
  }
}

/** What chains and anchors the audit. */
function auditOf(
  config: HubConfig,
  store: S3ObjectStore,
  { log }: ProcessContext,
  metrics: HubMetrics,
  database: Database,
): { chain: AuditChain; anchoring: Anchoring; evidence: EvidenceOptions } {
  const signer = new AuditSigner(config.auditKey);
  const keys = new AuditKeys([signer.publicKey, ...publicKeysOf(config.auditEarlierKeys)]);
  const anchors = { store, bucket: config.auditBucket };
  const chain = new AuditChain({ database, signer, now: Date.now });
  const anchoring = new Anchoring({
    database,
    anchors,
    signer,
    keys,
    log,
    onChecked: (problem) => metrics.audit.intact.set(problem === null ? 1 : 0),
    onAnchored: ({ at, position }) => {
      metrics.audit.anchoredAt.set(Date.parse(at) / 1000);
      metrics.audit.anchoredPosition.set(position);
    },
    now: Date.now,
  });
  const evidence = {
    anchors,
    keys,
    signer,
    controls: readControls(new URL('../../policies/controls.yaml', import.meta.url)),
    days: retentionDaysOf(config),
    signIn: signInFactsOf(config),
  };
  return { chain, anchoring, evidence };
}

function retentionDaysOf(config: HubConfig): RetentionDays {
  return {
    results: config.resultsDays,
    feedback: config.feedbackDays,
    heartbeats: config.heartbeatsDays,
    audit: config.auditDays,
    compliance: config.complianceDays,
    quarantine: config.quarantineDays,
  };
}

function signInFactsOf({ tokens, oidc }: HubConfig): SignInFacts {
  return {
    tokenRoles: HUB_ROLES.filter((role) => tokens[role] !== undefined),
    oidc: oidc === null ? null : { issuer: oidc.issuer, roleClaim: oidc.roleClaim, roleMap: [...oidc.roleMap] },
  };
}

/**
 * Beside everything else: a platform that is away keeps no result from being recorded.
 * @returns what judges how far the platform's word can still be taken
 */
function followFleet(
  fleet: Fleet,
  parts: { database: Database; retention: Retention; stream: StreamSource; metrics: HubMetrics },
  { log, stopping, onStop }: ProcessContext,
): Loop {
  const { database, retention, stream, metrics } = parts;
  const recording = {
    database,
    source: fleet.source,
    cover: (table: LedgerTable, times: Iterable<number>) => retention.cover(table, times),
    now: Date.now,
  };
  metrics.compliance.follow(fleet);
  const recorder = new FleetRecorder(recording);
  const followed = fleet.follow((changes) => recorder.record(changes), stopping);
  onStop('fleet', () => followed);
  const watch = new ComplianceWatch({
    ...recording,
    metrics: metrics.compliance,
    onChange: (transitions) => stream.tellCompliance(transitions),
  });
  return new Loop({
    round: () => watch.round(),
    intervalMs: COMPLIANCE_INTERVAL_MS,
    onError: (error) => log.warn({ err: error }, 'compliance could not be judged, trying again'),
  });
}

function oidcPartsOf({ oidc }: HubConfig): OidcParts<HubRole> | null {
  if (oidc === null) return null;
  const issuer = new OidcIssuer(oidc);
  return { issuer, verifier: new JwtVerifier(issuer, { now: Date.now }) };
}

/** What is wrong with a release is told and costs no more than the comparisons with it: events go on being recorded. */
async function loadCatalogue(
  { releasesDir }: HubConfig,
  { log }: ProcessContext,
  metrics: HubMetrics,
): Promise<ReleaseCatalogue> {
  const { catalogue, problems } =
    releasesDir === undefined ? { catalogue: new ReleaseCatalogue([]), problems: [] } : await readReleases(releasesDir);
  metrics.releases.set({ state: 'known' }, catalogue.releases.length);
  metrics.releases.set({ state: 'refused' }, problems.length);
  for (const { code, file, detail } of problems)
    log.error({ code, file, detail }, 'a release is not known to the hub: put its file right and start the hub again');
  return catalogue;
}
