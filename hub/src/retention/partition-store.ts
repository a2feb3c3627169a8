import type { Database, Queryable } from '@hilum/runtime';
import { LEDGER_TABLES, type LedgerTable } from './ledger-tables.js';
import { partitionName, periodOfPartition, periodStart } from './period-rule.js';

/** Key of the advisory lock that recording shares and whoever changes partitions has alone. */
export const RETENTION_LOCK = 0x68696c72;

/** Rows moved or deleted by one statement, so that none comes near the statement timeout. */
const CHUNK_ROWS = 20_000;
/** Beyond this, rows are not counted but estimated. */
const COUNT_LIMIT = 1_000_000;
/** Whoever waits for a table's lock holds up all that come after it. */
const LOCK_TIMEOUT_MS = 10_000;

export interface DroppedPartition {
  table: string;
  /** milliseconds since the epoch; null: whatever was older */
  from: number | null;
  until: number;
  /** an estimate when there are more than a million */
  rows: number;
}

/** The begins of the periods that a table has partitions for. */
export async function partitionStarts(db: Queryable, table: LedgerTable): Promise<number[]> {
  const { rows } = await db.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = $1::regclass`,
    [table.name],
  );
  return rows
    .map(({ name }) => periodOfPartition(table.name, table.period, name))
    .filter((start) => start !== null)
    .sort((a, b) => a - b);
}

/**
 * Makes the partition of one period, and moves into it what of that period lies in the default partition: whole or not
 * at all. Idempotent; replicas may call it at the same time.
 * @throws when others hold the table for too long; it may be called again
 */
export function makePartition(database: Database, table: LedgerTable, start: number): Promise<void> {
  return database.transaction(async (db) => {
    await lockRetention(db);
    if (table.isAppendOnly === true) return attachEmpty(db, table, start);
    const name = partitionName(table.name, table.period, start);
    const [from, until] = [new Date(start), new Date(periodStart(table.period, start, 1))];
    if (await isThere(db, name)) return;
    await db.query(`create table ${name} (like ${table.name} including defaults)`);
    // what is in the default partition and belongs here would make the attaching fail
    for (let moved = CHUNK_ROWS; moved === CHUNK_ROWS;)
      ({ rowCount: moved } = await db.query(
        `with moved as (
           delete from ${table.name}_default where ctid = any (array(
             select ctid from ${table.name}_default where ${table.time} >= $1 and ${table.time} < $2 limit ${CHUNK_ROWS}))
           returning *)
         insert into ${name} select * from moved`,
        [from, until],
      ));
    await attach(db, table, start);
  });
}

/**
 * Gives the rows of an append-only table that lie in its default partition, as after a restore, partitions of their
 * periods. Nothing is deleted from it, since that is refused to everybody: the default partition is made anew, and the
 * old one dropped when all of its rows are in place.
 */
export function spreadDefault(database: Database, table: LedgerTable, starts: readonly number[]): Promise<void> {
  return database.transaction(async (db) => {
    await lockRetention(db);
    const [old, fresh] = [`${table.name}_moving`, `${table.name}_default`];
    await db.query(`alter table ${table.name} detach partition ${fresh}`);
    await db.query(`alter table ${fresh} rename to ${old}`);
    await db.query(`create table ${fresh} partition of ${table.name} default`);
    await db.query('select audit_protect($1::regclass)', [fresh]);
    let after = new Date(0);
    for (const start of starts) {
      await attachEmpty(db, table, start);
      const until = new Date(periodStart(table.period, start, 1));
      await db.query(
        `insert into ${table.name} select * from ${old} where ${table.time} >= $1 and ${table.time} < $2`,
        [after, until],
      );
      after = until;
    }
    await db.query(`insert into ${table.name} select * from ${old} where ${table.time} >= $1`, [after]);
    await db.query(`drop table ${old}`);
  });
}

async function attachEmpty(db: Queryable, table: LedgerTable, start: number): Promise<void> {
  const name = partitionName(table.name, table.period, start);
  if (await isThere(db, name)) return;
  await db.query(`create table ${name} (like ${table.name} including defaults)`);
  await db.query('select audit_protect($1::regclass)', [name]);
  await attach(db, table, start);
}

async function attach(db: Queryable, table: LedgerTable, start: number): Promise<void> {
  const [from, until] = [new Date(start), new Date(periodStart(table.period, start, 1))];
  await db.query(
    `alter table ${table.name} attach partition ${partitionName(table.name, table.period, start)}
       for values from ('${from.toISOString()}') to ('${until.toISOString()}')`,
  );
}

async function isThere(db: Queryable, name: string): Promise<boolean> {
  const { rows } = await db.query<{ there: boolean }>('select to_regclass($1) is not null as there', [name]);
  return rows[0]?.there === true;
}

/** Begins of periods from `from` until before `to` of which rows lie in the default partition. */
export async function periodsInDefault(db: Queryable, table: LedgerTable, from: number, to: number): Promise<number[]> {
  const { rows } = await db.query<{ start: Date }>(
    `select distinct date_trunc('${table.period}', ${table.time}, 'UTC') as start from ${table.name}_default
      where ${table.time} >= $1 and ${table.time} < $2`,
    [new Date(from), new Date(to)],
  );
  return rows.map(({ start }) => start.getTime()).sort((a, b) => a - b);
}

/** What has expired, by table: events before it are not taken. In milliseconds since the epoch. */
export async function readFloors(db: Queryable): Promise<Map<string, number>> {
  const { rows } = await db.query<{ table_name: string; floor: Date }>('select table_name, floor from retention');
  return new Map(rows.map(({ table_name: name, floor }) => [name, floor.getTime()]));
}

/**
 * Raises the floor of a table, and drops the partitions below it in the same transaction; a floor is never lowered,
 * for what is gone cannot be told from what was never there. Of an append-only table, only what the last anchor says is
 * about to go.
 */
export function raiseFloor(
  database: Database,
  table: LedgerTable,
  floor: number,
  now: Date,
): Promise<DroppedPartition[]> {
  return database.transaction(async (db) => {
    await lockRetention(db);
    await db.query(
      `insert into retention (table_name, floor) values ($1, $2)
       on conflict (table_name) do update set floor = greatest(retention.floor, excluded.floor)`,
      [table.name, new Date(floor)],
    );
    const dropped: DroppedPartition[] = [];
    for (const from of await partitionStarts(db, table)) {
      const until = periodStart(table.period, from, 1);
      if (until > floor) continue;
      const partition = partitionName(table.name, table.period, from);
      if (table.isAppendOnly === true && !(await mayGo(db, partition))) break;
      const rows = await countRows(db, partition);
      await db.query(`drop table ${partition}`);
      dropped.push({ table: table.name, from, until, rows });
    }
    await noteDropped(db, dropped, now);
    return dropped;
  });
}

/**
 * The place of the last row in the audit's partitions below a floor; null when there is none. @param floor in
 * milliseconds since the epoch
 */
export async function lastExpiredPosition(db: Queryable, table: LedgerTable, floor: number): Promise<number | null> {
  const expired = (await partitionStarts(db, table)).filter((from) => periodStart(table.period, from, 1) <= floor);
  let last: number | null = null;
  for (const from of expired) last = (await lastPositionIn(db, partitionName(table.name, table.period, from))) ?? last;
  return last;
}

async function mayGo(db: Queryable, partition: string): Promise<boolean> {
  const last = await lastPositionIn(db, partition);
  if (last === null) return true;
  const { rows } = await db.query<{ first: number }>('select first from audit_anchors order by number desc limit 1');
  return last < (rows[0]?.first ?? 1);
}

async function lastPositionIn(db: Queryable, partition: string): Promise<number | null> {
  const { rows } = await db.query<{ last: number | null }>(`select max(position) as last from ${partition}`);
  return rows[0]?.last ?? null;
}

/**
 * Deletes what could not be dropped with a partition: rows of the default partition that are older than the floor, or
 * that came before it with a time far ahead, and the ids of rows that are gone.
 * @returns rows deleted from the default partition
 */
export async function deleteLeftovers(db: Queryable, table: LedgerTable, floor: number, now: Date): Promise<number> {
  const before = new Date(floor);
  const expired = table.hasReceivedAt ? `(${table.time} < $1 or received_at < $1)` : `${table.time} < $1`;
  const deleted = table.isAppendOnly === true ? 0 : await deleteInChunks(db, `${table.name}_default`, expired, before);
  if (deleted > 0) await noteDropped(db, [{ table: table.name, from: null, until: floor, rows: deleted }], now);
  if (table.ids !== undefined)
    await deleteInChunks(db, table.ids, `day < ($1::timestamptz at time zone 'UTC')::date`, before);
  return deleted;
}

/** Deletes records of refused events that arrived before a time. @returns how many */
export function deleteQuarantined(db: Queryable, before: Date): Promise<number> {
  return deleteInChunks(db, 'quarantine', 'received_at < $1', before);
}

async function deleteInChunks(db: Queryable, table: string, condition: string, before: Date): Promise<number> {
  let total = 0;
  for (let deleted = CHUNK_ROWS; deleted === CHUNK_ROWS; total += deleted)
    ({ rowCount: deleted } = await db.query(
      `delete from ${table} where ctid = any (array(select ctid from ${table} where ${condition} limit ${CHUNK_ROWS}))`,
      [before],
    ));
  return total;
}

async function countRows(db: Queryable, partition: string): Promise<number> {
  const { rows } = await db.query<{ estimate: number }>(
    'select reltuples::bigint as estimate from pg_class where oid = $1::regclass',
    [partition],
  );
  const estimate = rows[0]?.estimate ?? 0;
  if (estimate > COUNT_LIMIT) return estimate;
  const counted = await db.query<{ count: number }>(`select count(*) as count from ${partition}`);
  return counted.rows[0]?.count ?? 0;
}

async function noteDropped(db: Queryable, dropped: readonly DroppedPartition[], now: Date): Promise<void> {
  await db.query(
    `insert into retention_drops (table_name, from_at, until_at, rows, dropped_at)
     select table_name, from_at, until_at, rows, $1
       from unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::bigint[])
            as d (table_name, from_at, until_at, rows)`,
    [
      now,
      dropped.map(({ table }) => table),
      dropped.map(({ from }) => (from === null ? null : new Date(from))),
      dropped.map(({ until }) => new Date(until)),
      dropped.map(({ rows }) => rows),
    ],
  );
}

async function lockRetention(db: Queryable): Promise<void> {
  await db.query(`select set_config('lock_timeout', $1, true)`, [`${LOCK_TIMEOUT_MS}`]);
  await db.query('select pg_advisory_xact_lock($1)', [RETENTION_LOCK]);
}

/** By the name of its table. @throws RangeError when the ledger has no such table */
export function ledgerTable(name: string): LedgerTable {
  const table = LEDGER_TABLES.find((candidate) => candidate.name === name);
  if (table === undefined) throw new RangeError(`the ledger has no table ${name}`);
  return table;
}
