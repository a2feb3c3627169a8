import type { Database } from '@hilum/runtime';
import { SEQUENCED_EVENT_COLUMNS, sequencedEventOf, type OutboxRow, type SequencedEvent } from './outbox-store.js';
import { rangesToNote } from './replay-rule.js';

/** How far the site has published, and what it could send again. */
export interface RelayState {
  /** highest sequence that was given; 0 before the first */
  sequence: number;
  /** highest sequence up to which all was published at least once */
  published: number;
  /** events that wait to be published, those to be sent again among them */
  pending: number;
  /** events that are kept, were published, and wait to be sent again */
  replaying: number;
  /** lowest and highest sequence that can be sent again; null when the outbox is empty */
  oldestKept: number | null;
  newest: number | null;
}

/** The next events of what was asked for first. */
export interface ReplayBatch {
  id: number;
  /** in the order of their sequence; empty when none of them is kept any more */
  events: SequencedEvent[];
  /** the sequence up to which the replay is done with these */
  through: number;
}

/** Port for what is to be sent to the hub again. */
export interface ReplayStore {
  state(): Promise<RelayState>;
  /**
   * Asks for the events of these sequences, both included, in one transaction; how many of them the outbox holds. What
   * waits already keeps its turn and is not sent twice.
   */
  ask(first: number, last: number): Promise<number>;
  /** Null when nothing is to be sent again. */
  next(limit: number): Promise<ReplayBatch | null>;
  done(batch: Pick<ReplayBatch, 'id' | 'through'>): Promise<void>;
}

/** The {@link ReplayStore} in the site's PostgreSQL. */
export class PostgresReplayStore implements ReplayStore {
  readonly #database: Database;
  readonly #source: string;

  /** @param source the CloudEvents source of what this site's edge publishes */
  constructor(database: Database, source: string) {
    this.#database = database;
    this.#source = source;
  }

  async state(): Promise<RelayState> {
    const { rows } = await this.#database.query<{
      sequence: number;
      published: number;
      waiting: number;
      replaying: number;
      oldest: number | null;
      newest: number | null;
    }>(
      `select s.sequence, coalesce(waiting.first - 1, s.sequence) as published, waiting.count as waiting,
         again.count as replaying, (select min(sequence) from outbox) as oldest,
         (select max(sequence) from outbox) as newest
       from site_state s
       cross join (select count(*) as count, min(sequence) as first from outbox where published_at is null) waiting
       cross join (select count(*) as count from outbox_replays r
                   join outbox o on o.sequence between r.next_sequence and r.last_sequence
                   where o.published_at is not null) again`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('HILUM_EDGE_STATE_MISSING: the table site_state has lost its row');
    const { sequence, published, waiting, replaying, oldest, newest } = row;
    return { sequence, published, pending: waiting + replaying, replaying, oldestKept: oldest, newest };
  }

  async ask(first: number, last: number): Promise<number> {
    return this.#database.transaction(async (client) => {
      // two who ask at once must see each other's ranges
      await client.query('lock table outbox_replays in share row exclusive mode');
      const { rows: waiting } = await client.query<{ id: number; from: number; to: number }>(
        'select id, next_sequence as "from", last_sequence as "to" from outbox_replays',
      );
      const { longer, added } = rangesToNote({ from: first, to: last }, waiting);
      for (const { id, to } of longer)
        await client.query('update outbox_replays set last_sequence = $2 where id = $1', [id, to]);
      for (const { from, to } of added)
        await client.query('insert into outbox_replays (next_sequence, last_sequence) values ($1, $2)', [from, to]);
      const { rows } = await client.query<{ count: number }>(
        'select count(*) as count from outbox where sequence between $1 and $2',
        [first, last],
      );
      return rows[0]?.count ?? 0;
    });
  }

  async next(limit: number): Promise<ReplayBatch | null> {
    const { rows: asked } = await this.#database.query<{ id: number; next_sequence: number; last_sequence: number }>(
      'select id, next_sequence, last_sequence from outbox_replays order by id limit 1',
    );
    const [replay] = asked;
    if (replay === undefined) return null;
    // what was never published is sent anyway
    const { rows } = await this.#database.query<OutboxRow>(
      `select ${SEQUENCED_EVENT_COLUMNS} from outbox
       where sequence between $1 and $2 and published_at is not null order by sequence limit $3`,
      [replay.next_sequence, replay.last_sequence, limit],
    );
    const events = rows.map((row) => sequencedEventOf(row, this.#source));
    const last = events.at(-1);
    const isRest = events.length < limit || last === undefined;
    return { id: replay.id, events, through: isRest ? replay.last_sequence : last.sequence };
  }

  async done({ id, through }: Pick<ReplayBatch, 'id' | 'through'>): Promise<void> {
    await this.#database.query(
      `with ended as (delete from outbox_replays where id = $1 and last_sequence <= $2)
       update outbox_replays set next_sequence = $2 + 1
        where id = $1 and next_sequence <= $2 and last_sequence > $2`,
      [id, through],
    );
  }
}
