import type { Database, Logger, Queryable } from '@hilum/runtime';
import { LEDGER_TABLES, type LedgerTable, type RetentionKind } from './ledger-tables.js';
import {
  deleteLeftovers,
  deleteQuarantined,
  lastExpiredPosition,
  makePartition,
  partitionStarts,
  periodsInDefault,
  raiseFloor,
  readFloors,
  spreadDefault,
} from './partition-store.js';
import { aheadEnd, floorOf, partitionName, periodStart, periodsAhead } from './period-rule.js';

const DAY_MS = 86_400_000;

/** For how many days each kind of record is kept. */
export type RetentionDays = Record<RetentionKind | 'quarantine', number>;

export interface RetentionOptions {
  database: Database;
  log: Logger;
  days: RetentionDays;
  now: () => number;
  /** the database server's clock, milliseconds since the epoch */
  databaseNow: () => Promise<number>;
  /** has it signed that rows of the audit below this place are about to go; nothing of them does before */
  announceExpiry: (firstKept: number) => Promise<void>;
}

/** Keeps the partitions of the ledger: makes those to come, drops those that have expired. */
export class Retention {
  readonly #options: RetentionOptions;
  /** names of partitions that are known to be there, so that recording need not ask */
  readonly #known = new Set<string>();
  #floors: ReadonlyMap<string, number> = new Map();

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /**
   * To be called before anything is recorded, and every few minutes.
   * @throws when the database is away or a table is held by others for too long; the next round tries again
   */
  async round(): Promise<void> {
    const { database, days, databaseNow, log, now } = this.#options;
    // What is dropped does not come back: of two clocks, the one that keeps more is believed.
    const cautious = Math.min(now(), await databaseNow());
    for (const table of LEDGER_TABLES) {
      await this.#drop(table, floorOf(table.period, cautious, days[table.kind]));
      await this.#makeAhead(table);
    }
    this.#floors = await readFloors(database);
    const forgotten = await deleteQuarantined(database, new Date(cautious - days.quarantine * DAY_MS));
    if (forgotten > 0) log.info({ rows: forgotten }, 'records of refused events expired and were deleted');
  }

  /**
   * Makes the partitions that events of these times (milliseconds since the epoch) belong into, where they lack. What has
   * expired gets none, and what lies far ahead goes to the default partition.
   */
  async cover(table: LedgerTable, times: Iterable<number>): Promise<void> {
    const end = aheadEnd(table.period, this.#options.now());
    const floor = this.#floors.get(table.name) ?? Number.NEGATIVE_INFINITY;
    const starts = new Set<number>();
    for (const time of times) if (time >= floor && time < end) starts.add(periodStart(table.period, time));
    for (const start of starts) await this.#make(table, start);
  }

  async #drop(table: LedgerTable, wantedFloor: number): Promise<void> {
    const { database, log, now } = this.#options;
    if (table.isAppendOnly === true) await this.#announce(table, wantedFloor);
    const dropped = await raiseFloor(database, table, wantedFloor, new Date(now()));
    for (const { from, until, rows } of dropped)
      log.info(
        { table: table.name, from: isoOf(from), until: isoOf(until), rows },
        'records expired and were dropped with their partition',
      );
    const floor = (await readFloors(database)).get(table.name) ?? wantedFloor;
    const leftovers = await deleteLeftovers(database, table, floor, new Date(now()));
    if (leftovers > 0) log.info({ table: table.name, rows: leftovers }, 'records expired and were deleted');
  }

  /** What cannot be announced, for the store is away or the log is not right, stays: events go on being recorded. */
  async #announce(table: LedgerTable, floor: number): Promise<void> {
    const { database, log, announceExpiry } = this.#options;
    const last = await lastExpiredPosition(database, table, floor);
    if (last === null) return;
    try {
      await announceExpiry(last + 1);
    } catch (error) {
      log.warn({ err: error }, 'the audit could not be anchored, so what has expired of it is kept for now');
    }
  }

  async #makeAhead(table: LedgerTable): Promise<void> {
    const { database, now } = this.#options;
    for (const start of await partitionStarts(database, table))
      this.#known.add(partitionName(table.name, table.period, start));
    const waiting = await periodsInDefault(database, table, Date.UTC(1970, 0), aheadEnd(table.period, now()));
    if (table.isAppendOnly === true && waiting.length > 0) await spreadDefault(database, table, waiting);
    for (const start of [...waiting, ...periodsAhead(table.period, now())]) await this.#make(table, start);
  }

  async #make(table: LedgerTable, start: number): Promise<void> {
    const name = partitionName(table.name, table.period, start);
    if (this.#known.has(name)) return;
    await makePartition(this.#options.database, table, start);
    this.#known.add(name);
  }
}

/** The database server's clock, milliseconds since the epoch. */
export async function databaseClock(db: Queryable): Promise<number> {
  const { rows } = await db.query<{ now: Date }>('select clock_timestamp() as now');
  return rows[0]?.now.getTime() ?? Number.NaN;
}

function isoOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
