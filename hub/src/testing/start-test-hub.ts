import { createDatabase, createLogger, createRegistry, migrate, Readiness, type Database } from '@hilum/runtime';
import { startTestPostgres } from '@hilum/runtime/testing';
import { FleetWatch } from '../fleet/fleet-watch.js';
import { createHubMetrics } from '../hub-metrics.js';
import type { Alarm } from '../alarms/alarm-store.js';
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
  const told = { sites: [] as SiteRow[], alarms: [] as Alarm[], recorded: 0 };
  const days: RetentionDays = { results: 400, feedback: 400, heartbeats: 14, audit: 2_192, quarantine: 400 };
  const retention = new Retention({
    database,
    log,
    days,
    now: () => clock.now,
    databaseNow: () => Promise.resolve(clock.databaseNow ?? clock.now),
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
    days,
    fleet,
    readiness: new Readiness(),
    /** Empties all tables and sets the clock back; positions go on, as they do in the life of a hub. */
    reset: async () => {
      await database.query(
        `truncate sites, site_state_changes, sequence_marks, results, site_decision_counts, model_decision_counts,
                  feedback, audit, quarantine, alarms, result_ids, feedback_ids, audit_ids, heartbeats, site_hours, site_days,
                  consumer_offsets, retention, retention_drops, access_audit, site_changes, site_notes`,
      );
      clock.now = Date.UTC(2026, 4, 4, 12);
      clock.listeningSince = 0;
      clock.databaseNow = null;
      told.sites.length = 0;
      told.alarms.length = 0;
      told.recorded = 0;
    },
    stop: async () => {
      await database.close();
      await postgres.stop();
    },
  };
}

export type TestHub = Awaited<ReturnType<typeof startTestHub>>;
