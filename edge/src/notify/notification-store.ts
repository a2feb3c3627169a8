import type { Database, Queryable } from '@hilum/runtime';
import { LONGEST_DELAY_MS } from './notification-rule.js';

export interface QueuedNotification {
  /** stable over all attempts */
  id: string;
  payload: string;
  attempts: number;
}

export const NOTIFICATION_STATES = ['pending', 'delivered', 'refused', 'failed'] as const;
/** delivered: taken. refused: the receiver wants no more (410). failed: given up after days. */
export type NotificationState = (typeof NOTIFICATION_STATES)[number];

/** Port for the durable queue of messages to staff. */
export interface NotificationStore {
  /** Those whose time has come, or lies further ahead than any is ever put off; longest due first. */
  due(now: Date, limit: number): Promise<QueuedNotification[]>;
  /** Another attempt later. */
  postpone(id: string, nextAttemptAt: Date): Promise<void>;
  end(id: string, state: Exclude<NotificationState, 'pending'>, at: Date): Promise<void>;
  counts(): Promise<Record<NotificationState, number>>;
}

/** Queues messages inside the transaction that stores what they tell of; one that is queued already stays as it is. */
export async function queueNotifications(
  client: Queryable,
  notifications: readonly { id: string; payload: string }[],
  now: Date,
): Promise<void> {
  await client.query(
    `insert into notifications (id, payload, queued_at, next_attempt_at)
     select id, payload, $2, $2 from json_to_recordset($1::json) as row(id text, payload text)
     on conflict do nothing`,
    [JSON.stringify(notifications), now],
  );
}

/** The {@link NotificationStore} in the site's PostgreSQL. */
export class PostgresNotificationStore implements NotificationStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async due(now: Date, limit: number): Promise<QueuedNotification[]> {
    const { rows } = await this.#database.query<{ id: string; payload: string; attempts: number }>(
      `select id, payload, attempts from notifications
       where state = 'pending' and (next_attempt_at <= $1 or next_attempt_at > $2) order by next_attempt_at limit $3`,
      [now, new Date(now.getTime() + LONGEST_DELAY_MS), limit],
    );
    return rows;
  }

  async postpone(id: string, nextAttemptAt: Date): Promise<void> {
    await this.#database.query('update notifications set attempts = attempts + 1, next_attempt_at = $2 where id = $1', [
      id,
      nextAttemptAt,
    ]);
  }

  async end(id: string, state: Exclude<NotificationState, 'pending'>, at: Date): Promise<void> {
    await this.#database.query(
      'update notifications set attempts = attempts + 1, state = $2, ended_at = $3 where id = $1',
      [id, state, at],
    );
  }

  async counts(): Promise<Record<NotificationState, number>> {
    const { rows } = await this.#database.query<{ state: NotificationState; count: number }>(
      'select state, count(*) as count from notifications group by state',
    );
    const counts: Record<NotificationState, number> = { pending: 0, delivered: 0, refused: 0, failed: 0 };
    for (const { state, count } of rows) counts[state] = count;
    return counts;
  }
}
