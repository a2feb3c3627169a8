import { createDatabase, createLogger, createRegistry, migrate, Readiness, type Database } from '@hilum/runtime';
import { FakeObjectStore, startTestPostgres } from '@hilum/runtime/testing';
import { generateKeyPairSync } from 'node:crypto';
import { Anchoring } from '../audit/anchoring.js';
import { AuditChain } from '../audit/audit-chain.js';
import { AuditKeys, AuditSigner } from '../audit/audit-key.js';
import { readControls } from '../evidence/controls.js';
import type { EvidenceOptions } from '../evidence/evidence-route.js';
import { FleetWatch } from '../fleet/fleet-watch.js';
import { createHubMetrics } from '../hub-metrics.js';
import type { Alarm } from '../alarms/alarm-store.js';
import type { KnownAnchor } from '../audit/anchor-store.js';
import type { Finding } from '../audit/chain-check.js';
import type { SiteRow } from '../fleet/fleet-store.js';
import { Ingest } from '../ingest/ingest.js';
import { Retention, type RetentionDays } from '../retention/retention.js';

/** The hub's parts on a real, empty database, with a clock that the test sets. */
export async function startTestHub() {
  const log = createLogger({ process: 'hub-test', level: 'silent' });
  const postgres = await startTestPostgres();
  await migrate({ databaseUrl: postgres.databaseUrl, folder: new URL('../../migrations/', import.meta.url), log });
  const database: Database = createDatabase({ databaseUrl: postgres.databaseUrl, name: 'hub-test', log });
  const registry = createRegistry();
  const clock = {
    now: Date.UTC(2026, 4, 4, 12),
    listeningSince: 0 as number | null,
    databaseNow: null as number | null,
  };
  const metrics = createHubMetrics(registry, () => clock.now);
  const told = {
    sites: [] as SiteRow[],
    alarms: [] as Alarm[],
    recorded: 0,
    checks: [] as (Finding | null)[],
    anchors: [] as KnownAnchor[],
  };
  const days: RetentionDays = {
    results: 400,
    feedback: 400,
    heartbeats: 14,
    audit: 2_192,
    compliance: 2_192,
    quarantine: 400,
  };
  const signer = testSigner();
  const keys = new AuditKeys([signer.publicKey]);
  const store = new FakeObjectStore(() => clock.now);
  const chain = new AuditChain({ database, signer, now: () => clock.now });
  const anchoring = new Anchoring({
    database,
    anchors: { store, bucket: AUDIT_BUCKET },
    signer,
    keys,
    log,
    onChecked: (problem) => told.checks.push(problem),
    onAnchored: (anchor) => told.anchors.push(anchor),
    now: () => clock.now,
  });
  const evidence: EvidenceOptions = {
    anchors: { store, bucket: AUDIT_BUCKET },
    keys,
    signer,
    controls: readControls(new URL('../../../policies/controls.yaml', import.meta.url)),
    days,
    signIn: { tokenRoles: ['compliance'], oidc: null },
  };
  const retention = new Retention({
    database,
    log,
    days,
    now: () => clock.now,
    databaseNow: () => Promise.resolve(clock.databaseNow ?? clock.now),
    announceExpiry: (firstKept) => anchoring.announceExpiry(firstKept),
  });
  const ingest = new Ingest({
    database,
    log,
    metrics,
    cover: (table, times) => retention.cover(table, times),
    logId: () => 'test-log',
    onRecorded: () => (told.recorded += 1),
    now: () => clock.now,
  });
  const fleet = new FleetWatch({
    database,
    metrics,
    listeningSince: () => clock.listeningSince,
    onSite: (site) => told.sites.push(site),
    onAlarm: (alarm) => told.alarms.push(alarm),
    now: () => clock.now,
  });
  return {
    database,
    registry,
    metrics,
    log,
    clock,
    told,
    ingest,
    retention,
    store,
    signer,
    keys,
    chain,
    anchoring,
    evidence,
    days,
    fleet,
    readiness: new Readiness(),
    /** Empties all tables and sets the clock back; positions go on, as they do in the life of a hub. */
    reset: async () => {
      // the tests' superuser stands in for what nobody may do: the audit is emptied with its triggers off
      await database.transaction(async (db) => {
        await db.query('set local session_replication_role = replica');
        await db.query(
          `truncate sites, site_state_changes, sequence_marks, results, site_decision_counts, model_decision_counts,
                    feedback, quarantine, alarms, result_ids, feedback_ids, audit_ids, heartbeats, site_hours, site_days,
                    consumer_offsets, retention, retention_drops, fleet_sources, fleet_objects,
                    policies, policy_states, policy_transitions, policy_event_ids, audit_inbox, audit, audit_anchors,
                    audit_state, site_changes, site_notes`,
        );
        await db.query(
          `update audit_head set position = 0, hash = repeat('0', 64), chained_at = 'epoch', key_id = null,
                                 signature = null`,
        );
      });
      store.objects.clear();
      clock.now = Date.UTC(2026, 4, 4, 12);
      clock.listeningSince = 0;
      clock.databaseNow = null;
      told.sites.length = 0;
      told.alarms.length = 0;
      told.recorded = 0;
      told.checks.length = 0;
      told.anchors.length = 0;
    },
    stop: async () => {
      await database.close();
      await postgres.stop();
    },
  };
}

export type TestHub = Awaited<ReturnType<typeof startTestHub>>;

export const AUDIT_BUCKET = 'hilum-audit';

/** With a key of its own. */
export function testSigner(): AuditSigner {
  const { privateKey } = generateKeyPairSync('ed25519');
  return new AuditSigner(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}
