import type { Database, OffsetRange } from '@hilum/runtime';
import type { DeadLetterId } from './dead-letter-id.js';

export const SETTLED_STATES = ['resent', 'discarded'] as const;
export type SettledState = (typeof SETTLED_STATES)[number];

/** What a person did about a dead letter. */
export interface Settlement {
  state: SettledState;
  /** null when it was sent again */
  why: string | null;
  actorRole: string;
  at: Date;
}

/** Port for what people did about dead letters; one that was not settled is open. */
export interface SettlementStore {
  /** The first open ones of the ranges, by partition and offset. */
  open(ranges: readonly OffsetRange[], limit: number): Promise<DeadLetterId[]>;
  settled(ids: readonly DeadLetterId[]): Promise<(DeadLetterId & Settlement)[]>;
  countSettled(ranges: readonly OffsetRange[]): Promise<number>;
  /**
   * Does the work and keeps what was done: both or, when the work fails, nothing. Of several at once one does it.
   * @returns null, or how it was settled before: then the work is not done
   */
  settle(id: DeadLetterId, settlement: Settlement, work: () => Promise<void>): Promise<Settlement | null>;
  /** Forgets those settled before a time that the topic holds no more; how many that were. */
  forgetOutside(ranges: readonly OffsetRange[], settledBefore: Date): Promise<number>;
}

interface SettlementRow extends Record<string, unknown> {
  partition: number;
  record_offset: number;
  state: SettledState;
  why: string | null;
  actor_role: string;
  settled_at: Date;
}

const RANGES = 'unnest($1::integer[], $2::bigint[], $3::bigint[]) as r (partition, first, past)';

/** The {@link SettlementStore} in the site's PostgreSQL. */
export class PostgresSettlementStore implements SettlementStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async open(ranges: readonly OffsetRange[], limit: number): Promise<DeadLetterId[]> {
    const { rows } = await this.#database.query<{ partition: number; record_offset: number }>(
      `select r.partition, place as record_offset
         from ${RANGES} cross join lateral generate_series(r.first, r.past - 1) as place
        where not exists (select from dead_letters d where d.partition = r.partition and d.record_offset = place)
        order by r.partition, place limit $4`,
      [...columnsOf(ranges), limit],
    );
    return rows.map(({ partition, record_offset }) => ({ partition, offset: record_offset }));
  }

  async settled(ids: readonly DeadLetterId[]): Promise<(DeadLetterId & Settlement)[]> {
    const { rows } = await this.#database.query<SettlementRow>(
      `select * from dead_letters
        where (partition, record_offset) in (select * from unnest($1::integer[], $2::bigint[]))`,
      [ids.map(({ partition }) => partition), ids.map(({ offset }) => offset)],
    );
    return rows.map((row) => ({ partition: row.partition, offset: row.record_offset, ...settlementOf(row) }));
  }

  async countSettled(ranges: readonly OffsetRange[]): Promise<number> {
    const { rows } = await this.#database.query<{ count: number }>(
      `select count(*) as count from dead_letters d join ${RANGES}
          on d.partition = r.partition and d.record_offset >= r.first and d.record_offset < r.past`,
      columnsOf(ranges),
    );
    return rows[0]?.count ?? 0;
  }

  async settle(
    { partition, offset }: DeadLetterId,
    { state, why, actorRole, at }: Settlement,
    work: () => Promise<void>,
  ): Promise<Settlement | null> {
    return this.#database.transaction(async (client) => {
      // whoever settles the same one at the same time waits here until this transaction ends
      const { rowCount } = await client.query(
        `insert into dead_letters (partition, record_offset, state, why, actor_role, settled_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
        [partition, offset, state, why, actorRole, at],
      );
      if (rowCount > 0) {
        await work();
        return null;
      }
      const { rows } = await client.query<SettlementRow>(
        'select * from dead_letters where partition = $1 and record_offset = $2',
        [partition, offset],
      );
      const [row] = rows;
      if (row === undefined) throw new Error('HILUM_DEAD_LETTERS_CHANGED: a settled dead letter is gone again');
      return settlementOf(row);
    });
  }

  async forgetOutside(ranges: readonly OffsetRange[], settledBefore: Date): Promise<number> {
    const { rowCount } = await this.#database.query(
      `delete from dead_letters d where d.settled_at < $4 and not exists (
         select from ${RANGES}
          where d.partition = r.partition and d.record_offset >= r.first and d.record_offset < r.past)`,
      [...columnsOf(ranges), settledBefore],
    );
    return rowCount;
  }
}

function columnsOf(ranges: readonly OffsetRange[]): [number[], number[], number[]] {
  return [ranges.map(({ partition }) => partition), ranges.map(({ from }) => from), ranges.map(({ to }) => to)];
}

function settlementOf({ state, why, actor_role, settled_at }: SettlementRow): Settlement {
  return { state, why, actorRole: actor_role, at: settled_at };
}
