import { LONGEST_DELAY_MS } from './notification-rule.js';
import type { NotificationState, NotificationStore, QueuedNotification } from './notification-store.js';

interface Held extends QueuedNotification {
  state: NotificationState;
  nextAttemptAtMs: number;
}

export class FakeNotificationStore implements NotificationStore {
  readonly #held = new Map<string, Held>();

  queue(id: string, payload: string, nowMs: number): void {
    this.#held.set(id, {
      id,
      payload,
      attempts: 0,
      state: 'pending',
      nextAttemptAtMs: nowMs,
    });
  }

  due(now: Date, limit: number): Promise<QueuedNotification[]> {
    const due = [...this.#held.values()].filter(
      ({ state, nextAttemptAtMs }) =>
        state === 'pending' && (nextAttemptAtMs <= now.getTime() || nextAttemptAtMs > now.getTime() + LONGEST_DELAY_MS),
    );
    return Promise.resolve(due.slice(0, limit).map((held) => ({ ...held })));
  }

  postpone(id: string, nextAttemptAt: Date): Promise<void> {
    return this.#change(id, { nextAttemptAtMs: nextAttemptAt.getTime() });
  }

  end(id: string, state: Exclude<NotificationState, 'pending'>): Promise<void> {
    return this.#change(id, { state });
  }

  counts(): Promise<Record<NotificationState, number>> {
    const counts = { pending: 0, delivered: 0, refused: 0, failed: 0 };
    for (const { state } of this.#held.values()) counts[state] += 1;
    return Promise.resolve(counts);
  }

  #change(id: string, changes: Partial<Held>): Promise<void> {
    const held = this.#held.get(id);
    if (held !== undefined) this.#held.set(id, { ...held, attempts: held.attempts + 1, ...changes });
    return Promise.resolve();
  }
}
