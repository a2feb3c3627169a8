import type { Database } from '@hilum/runtime';
import { alarmConditions } from '../alarms/alarm-rule.js';
import { openAlarmsAnd, reconcileAlarms, type Alarm } from '../alarms/alarm-store.js';
import type { HubMetrics } from '../hub-metrics.js';
import { changeStates, listSites, settleSequences, type JudgedSite, type SiteRow } from './fleet-store.js';
import { noteChanges } from './site-change-store.js';
import { siteStateAt } from './site-state-rule.js';

export interface FleetWatchOptions {
  database: Database;
  metrics: Pick<HubMetrics, 'fleet'>;
  /** as TopicWatch.listeningSince */
  listeningSince: () => number | null;
  onSite: (site: SiteRow) => void;
  onAlarm: (alarm: Alarm) => void;
  now: () => number;
}

/**
 * Judges all sites every few seconds: records changed states, models and versions, opens and closes alarms, shows the
 * metrics, and tells of whatever differs from the round before.
 */
export class FleetWatch {
  readonly #options: FleetWatchOptions;
  #toldSites: ReadonlyMap<string, string> | undefined;
  #toldAlarms: ReadonlyMap<string, string> | undefined;

  constructor(options: FleetWatchOptions) {
    this.#options = options;
  }

  /** @throws when the database is away */
  async round(): Promise<void> {
    const { database, listeningSince, now } = this.#options;
    const at = now();
    const since = listeningSince();
    this.#options.metrics.fleet.listening(since !== null);
    // a hub that hears nothing itself must not call its sites dead: they stay as they were last heard of
    if (since !== null) await this.#judge(new Date(at), since);
    const sites = await listSites(database, {}, at);
    const alarms = await openAlarmsAnd(database, [...(this.#toldAlarms?.keys() ?? [])]);
    this.#options.metrics.fleet.show({ sites, alarms, judgedAt: since === null ? null : at });
    this.#tell(sites, alarms);
  }

  async #judge(now: Date, listeningSince: number): Promise<void> {
    const { database } = this.#options;
    await settleSequences(database, now);
    const judged = (await listSites(database)).map((site) => ({
      site,
      state: siteStateAt(now.getTime(), {
        firstSeenAt: site.firstSeenAt.getTime(),
        lastReceivedAt: site.lastReceivedAt?.getTime() ?? null,
        heartbeat:
          site.heartbeatAt === null || site.heartbeatReceivedAt === null
            ? null
            : { at: site.heartbeatAt.getTime(), receivedAt: site.heartbeatReceivedAt.getTime() },
        listeningSince,
      }),
    }));
    await changeStates(
      database,
      now,
      judged
        .filter(({ site, state }) => state !== site.row.state)
        .map(({ site, state }) => ({ name: site.row.name, state })),
    );
    await reconcileAlarms(
      database,
      now,
      judged.flatMap(({ site: { row, heartbeat, firstSeenAt }, state }) =>
        alarmConditions({
          name: row.name,
          state,
          missing: row.missing,
          knownForMs: now.getTime() - firstSeenAt.getTime(),
          heartbeat,
        }),
      ),
    );
    await noteChanges(database, now);
  }

  #tell(sites: readonly JudgedSite[], alarms: readonly Alarm[]): void {
    const { onSite, onAlarm } = this.#options;
    const siteTexts = new Map(sites.map(({ row }) => [row.name, JSON.stringify(row)]));
    // that an alarm still holds is no news
    const alarmTexts = new Map(alarms.map((alarm) => [alarm.id, JSON.stringify({ ...alarm, lastSeenAt: null })]));
    // in the first round everything would be news
    if (this.#toldSites !== undefined)
      for (const { row } of sites) if (this.#toldSites.get(row.name) !== siteTexts.get(row.name)) onSite(row);
    if (this.#toldAlarms !== undefined)
      for (const alarm of alarms) if (this.#toldAlarms.get(alarm.id) !== alarmTexts.get(alarm.id)) onAlarm(alarm);
    this.#toldSites = siteTexts;
    this.#toldAlarms = new Map(
      [...alarmTexts].filter(([id]) => alarms.some((a) => a.id === id && a.closedAt === null)),
    );
  }
}
