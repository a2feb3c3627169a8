import { timeLimited } from '@hilum/runtime';
import { Webhook } from 'standardwebhooks';

/** Port for the staff's receiver of messages. */
export interface WebhookClient {
  /** The status of the answer, or null when there was none; never rejects. */
  send(id: string, payload: string, signal: AbortSignal): Promise<number | null>;
}

const TIMEOUT_MS = 10_000;

/** Signs each attempt with its own time, as receivers refuse old ones. */
export class HttpWebhookClient implements WebhookClient {
  readonly #url: string;
  readonly #webhook: Webhook;
  readonly #now: () => number;

  /** @param secret `whsec_` and base64 @throws Error when it is anything else */
  constructor(options: { url: string; secret: string; now?: () => number }) {
    this.#url = options.url;
    this.#webhook = new Webhook(options.secret);
    this.#now = options.now ?? Date.now;
  }

  async send(id: string, payload: string, signal: AbortSignal): Promise<number | null> {
    const timestamp = new Date(this.#now());
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1000)),
          'webhook-signature': this.#webhook.sign(id, timestamp, payload),
        },
        body: payload,
        redirect: 'manual',
        signal: timeLimited(signal, TIMEOUT_MS),
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return null;
    }
  }
}
