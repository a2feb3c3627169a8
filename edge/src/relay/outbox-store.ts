import { HUB_BOUND_TOPICS, formatTraceparent, parseTraceparent } from '@hilum/contracts';
import type { Database, Queryable } from '@hilum/runtime';
import type { HubBoundEvent } from './de-identify.js';

/** A hub-bound event with its place in the site's sequence. */
export interface SequencedEvent extends HubBoundEvent {
  sequence: number;
}

/** Port for the durable queue of hub-bound events. */
export interface OutboxStore {
  /** Events not published yet, lowest sequence first. */
  pending(limit: number): Promise<SequencedEvent[]>;
  markPublished(sequences: readonly number[]): Promise<void>;
  /** Forgets what was published before a time and does not wait to be sent again; how many that were. */
  deletePublishedBefore(time: Date): Promise<number>;
}

export interface OutboxRow extends Record<string, unknown> {
  sequence: number;
  topic: string;
  message_key: string;
  event_id: string;
  event_type: string;
  event_time: Date;
  subject: string;
  traceparent: string | null;
  payload: string;
}

export const SEQUENCED_EVENT_COLUMNS =
  'sequence, topic, message_key, event_id, event_type, event_time, subject, traceparent, payload';

/** An event as it was put into the outbox: whenever it is published, it is the same. */
export function sequencedEventOf(row: OutboxRow, source: string): SequencedEvent {
  return {
    sequence: row.sequence,
    topic: hubBoundTopic(row.topic),
    key: row.message_key,
    event: {
      id: row.event_id,
      source,
      type: row.event_type,
      time: row.event_time.toISOString(),
      subject: row.subject,
      trace: parseTraceparent(row.traceparent),
      data: JSON.parse(row.payload) as unknown,
    },
  };
}

/** Puts events into the outbox, inside the transaction that also stores what they tell of. */
export async function appendToOutbox(client: Queryable, events: readonly SequencedEvent[]): Promise<void> {
  const rows = events.map(({ sequence, topic, key, event }) => ({
    sequence,
    topic,
    message_key: key,
    event_id: event.id,
    event_type: event.type,
    event_time: event.time,
    subject: event.subject,
    traceparent: event.trace === null ? null : formatTraceparent(event.trace),
    payload: JSON.stringify(event.data),
  }));
  await client.query(
    `insert into outbox (sequence, topic, message_key, event_id, event_type, event_time, subject, traceparent, payload)
     select * from json_to_recordset($1::json) as row(sequence bigint, topic text, message_key text, event_id text,
       event_type text, event_time timestamptz, subject text, traceparent text, payload text)`,
    [JSON.stringify(rows)],
  );
}

/** The {@link OutboxStore} in the site's PostgreSQL. */
export class PostgresOutboxStore implements OutboxStore {
  readonly #database: Database;
  readonly #source: string;

  /** @param source the CloudEvents source of what this site's edge publishes */
  constructor(database: Database, source: string) {
    this.#database = database;
    this.#source = source;
  }

  async pending(limit: number): Promise<SequencedEvent[]> {
    const { rows } = await this.#database.query<OutboxRow>(
      `select ${SEQUENCED_EVENT_COLUMNS} from outbox where published_at is null order by sequence limit $1`,
      [limit],
    );
    return rows.map((row) => sequencedEventOf(row, this.#source));
  }

  async markPublished(sequences: readonly number[]): Promise<void> {
    await this.#database.query('update outbox set published_at = now() where sequence = any($1::bigint[])', [
      sequences,
    ]);
  }

  async deletePublishedBefore(time: Date): Promise<number> {
    const { rowCount } = await this.#database.query(
      `delete from outbox where published_at < $1 and not exists (
         select from outbox_replays r where outbox.sequence between r.next_sequence and r.last_sequence)`,
      [time],
    );
    return rowCount;
  }
}

function hubBoundTopic(name: string): HubBoundEvent['topic'] {
  const topic = HUB_BOUND_TOPICS.find((candidate) => candidate === name);
  if (topic === undefined)
    throw new Error('HILUM_RELAY_TOPIC_NOT_ALLOWED: the outbox names a topic that may not leave');
  return topic;
}
