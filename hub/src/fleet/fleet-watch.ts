import type { Database } from '@hilum/runtime';
import { alarmConditions, ALARM_KINDS } from '../alarms/alarm-rule.js';
import { openAlarmsAnd, reconcileAlarms, type Alarm } from '../alarms/alarm-store.js';
import type { HubMetrics } from '../hub-metrics.js';
import { changeStates, listSites, settleSequences, type JudgedSite, type SiteRow } from './fleet-store.js';
import { SITE_STATES, siteStateAt } from './site-state-rule.js';

export interface FleetWatchOptions {
  database: Database;
  metrics: Pick<HubMetrics, 'siteState' | 'siteBacklog' | 'siteMissing' | 'alarmsOpen'>;
  /** as TopicWatch.listeningSince */
  listeningSince: () => number | null;
  onSite: (site: SiteRow) => void;
  onAlarm: (alarm: Alarm) => void;
  now: () => number;
}

/**
 * Judges all sites every few seconds: records changed states, opens and closes alarms, sets the gauges, and tells of
 * whatever differs from the round before.
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
    // a hub that hears nothing itself must not call its sites dead: they stay as they were last heard of
    if (since !== null) await this.#judge(new Date(at), since);
    const sites = await listSites(database);
    const alarms = await openAlarmsAnd(database, [...(this.#toldAlarms?.keys() ?? [])]);
    this.#measure(sites, alarms);
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
      judged.flatMap(({ site: { row, heartbeat }, state }) =>
        alarmConditions({ name: row.name, state, missing: row.missing, heartbeat }),
      ),
    );
  }

  #measure(sites: readonly JudgedSite[], alarms: readonly Alarm[]): void {
    const { siteState, siteBacklog, siteMissing, alarmsOpen } = this.#options.metrics;
    for (const { row } of sites) {
      for (const state of SITE_STATES) siteState.set({ site: row.name, state }, row.state === state ? 1 : 0);
      if (row.backlog !== null) siteBacklog.set({ site: row.name }, row.backlog);
      siteMissing.set({ site: row.name }, row.missing);
    }
    for (const kind of ALARM_KINDS)
      alarmsOpen.set({ kind }, alarms.filter((alarm) => alarm.kind === kind && alarm.closedAt === null).length);
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
