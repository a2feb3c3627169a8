import type { Alarm } from '../alarms/alarm-store.js';
import type { SiteRow } from '../fleet/fleet-store.js';
import type { PositionedResult } from '../ledger/result-store.js';

/** One follower of the stream. */
export interface StreamClient {
  /** Position of the last result that was sent to it. */
  after: number;
  /** Queues the text of one event. False: it lags too far behind and has been dropped. */
  send: (text: string) => boolean;
}

const PAGE = 500;

/** What a client is sent of the time it was away: beyond it, reading the lists anew is less for both sides. */
export const MAX_REPLAYED_RESULTS = 10_000;

export const RESET_REASONS = ['too-far-back', 'unknown-id'] as const;
export type ResetReason = (typeof RESET_REASONS)[number];

export interface StreamSourceOptions {
  resultsAfter: (position: number, limit: number) => Promise<PositionedResult[]>;
  lastPosition: () => Promise<number>;
  /** whether more than `count` results lie behind a position */
  hasMoreAfter: (position: number, count: number) => Promise<boolean>;
  onClients: (count: number) => void;
}

/**
 * Reads new results once for all clients and passes them on, with the changes of sites and alarms. A client that
 * joins is first brought up to where the source is.
 */
export class StreamSource {
  readonly #options: StreamSourceOptions;
  readonly #clients = new Set<StreamClient>();
  /** Those that are being brought up to where the source is. */
  #joining = 0;
  /** Up to where results were passed on; undefined while there is nobody to pass them on to. */
  #position: number | undefined;

  constructor(options: StreamSourceOptions) {
    this.#options = options;
  }

  /** Sends what was recorded since the last round. @throws when the database is away */
  async round(): Promise<void> {
    // an hour's backlog that nobody looks at is not read again to be thrown away
    if (this.#clients.size === 0 && this.#joining === 0) {
      this.#position = undefined;
      return;
    }
    this.#position ??= await this.#options.lastPosition();
    for (;;) {
      const page = await this.#options.resultsAfter(this.#position, PAGE);
      for (const row of page) {
        this.#position = row.position;
        const text = resultText(row);
        for (const client of this.#clients) this.#sendResult(client, row.position, text);
      }
      if (page.length < PAGE) return;
    }
  }

  /**
   * Sends what a client missed, then lets it follow. Waits for `drained` between pages, so that a long absence does
   * not fill the memory. A client that was away for too long, or comes with a position of another ledger's life (one
   * that a restore took back), is sent `reset` instead and follows from now on.
   * @param client its `after` is the position of the last result it has; Infinity: it wants what is recorded from now on
   * @param drained resolves when what was sent has gone out; false: the client has gone
   */
  async join(client: StreamClient, drained: () => Promise<boolean>): Promise<void> {
    this.#joining += 1;
    try {
      await this.#bringUp(client, drained);
    } finally {
      this.#joining -= 1;
    }
  }

  async #bringUp(client: StreamClient, drained: () => Promise<boolean>): Promise<void> {
    this.#position ??= await this.#options.lastPosition();
    const reset = await this.#resetFor(client.after);
    if (reset !== null) {
      client.after = await this.#options.lastPosition();
      if (!client.send(resetText(client.after, reset))) return;
    } else if (!Number.isFinite(client.after)) {
      client.after = this.#position;
    }
    // no await between the last comparison and the adding: a round in between would be missed
    while (client.after < this.#position) {
      const page = await this.#options.resultsAfter(client.after, PAGE);
      if (page.length === 0) break;
      for (const row of page) {
        if (!client.send(resultText(row))) return;
        client.after = row.position;
      }
      if (!(await drained())) return;
    }
    this.#clients.add(client);
    this.#options.onClients(this.#clients.size);
  }

  async #resetFor(after: number): Promise<ResetReason | null> {
    if (!Number.isFinite(after)) return null;
    if (after > (await this.#options.lastPosition())) return 'unknown-id';
    return (await this.#options.hasMoreAfter(after, MAX_REPLAYED_RESULTS)) ? 'too-far-back' : null;
  }

  /** Idempotent. */
  leave(client: StreamClient): void {
    if (this.#clients.delete(client)) this.#options.onClients(this.#clients.size);
  }

  tellSite(site: SiteRow): void {
    this.#sendAll(`event: site\ndata: ${JSON.stringify(site)}\n\n`);
  }

  tellAlarm(alarm: Alarm): void {
    this.#sendAll(`event: alarm\ndata: ${JSON.stringify(alarm)}\n\n`);
  }

  /** That states of policies changed: whoever shows them reads them anew. @param transitions recorded so far */
  tellCompliance(transitions: number): void {
    this.#sendAll(`event: compliance\ndata: ${JSON.stringify({ transitions })}\n\n`);
  }

  /** A comment, by which proxies and clients see that the connection lives. */
  keepAlive(): void {
    this.#sendAll(': keep-alive\n\n');
  }

  #sendAll(text: string): void {
    for (const client of this.#clients) if (!client.send(text)) this.leave(client);
  }

  #sendResult(client: StreamClient, position: number, text: string): void {
    if (position <= client.after) return;
    client.after = position;
    if (!client.send(text)) this.leave(client);
  }
}

/** With the id of where it goes on, so that a client that is cut off again is not reset once more. */
function resetText(position: number, reason: ResetReason): string {
  return `id: ${position}\nevent: reset\ndata: ${JSON.stringify({ reason })}\n\n`;
}

/** Otherwise only results carry an id, so that the client's Last-Event-ID always names the last result it has. */
function resultText({ position, result }: PositionedResult): string {
  return `id: ${position}\nevent: result\ndata: ${JSON.stringify(result)}\n\n`;
}
