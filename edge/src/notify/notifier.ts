import { counter, type Counter, type Logger, type Registry } from '@hilum/runtime';
import { notificationVerdict } from './notification-rule.js';
import type { NotificationStore, QueuedNotification } from './notification-store.js';
import type { WebhookClient } from './webhook-client.js';

const AT_ONCE = 4;

/** Sends queued messages to the staff's webhook until each is taken, refused or too old. At least once, by stable id. */
export class Notifier {
  readonly #store: NotificationStore;
  readonly #client: WebhookClient;
  readonly #log: Logger;
  readonly #attempts: Counter<'outcome'>;
  readonly #now: () => number;
  readonly #random: () => number;

  constructor(options: {
    store: NotificationStore;
    client: WebhookClient;
    log: Logger;
    registry: Registry;
    now?: () => number;
    random?: () => number;
  }) {
    this.#store = options.store;
    this.#client = options.client;
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
    this.#random = options.random ?? Math.random;
    this.#attempts = counter(options.registry, 'hilum_edge_notification_attempts_total', 'webhook calls', ['outcome']);
  }

  /** Sends what is due until nothing is. */
  async round(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const due = await this.#store.due(new Date(this.#now()), AT_ONCE);
      if (due.length === 0) return;
      await Promise.all(due.map((notification) => this.#send(notification, signal)));
    }
  }

  async #send({ id, payload, attempts }: QueuedNotification, signal: AbortSignal): Promise<void> {
    const status = await this.#client.send(id, payload, signal);
    // broken off by the stop: it stays due
    if (signal.aborted && status === null) return;
    const now = this.#now();
    const verdict = notificationVerdict(status, { attempts, random: this.#random() });
    this.#attempts.inc({ outcome: verdict.kind });
    switch (verdict.kind) {
      case 'delivered':
        return this.#store.end(id, 'delivered', new Date(now));
      case 'again':
        if (attempts === 0) this.#log.warn({ id, status }, 'a notification was not taken and is tried again');
        return this.#store.postpone(id, new Date(now + verdict.inMs));
      case 'refused':
      case 'failed':
        this.#log.error({ id, status, attempts: attempts + 1 }, 'an urgent finding did not reach the webhook');
        return this.#store.end(id, verdict.kind, new Date(now));
    }
  }
}
