import type { Alarm, Result, Site } from './api-types';

const RECONNECT_MS = 5_000;
/** A proxy may hold the stream back; pages then show what they can read. */
const OPENING_MS = 1_000;

/** What a page does with what happens. */
export interface StreamFollower {
  /** what changed while nobody listened is not sent: read it again */
  onMissed: () => void;
  onResult?: (result: Result) => void;
  onSite?: (site: Site) => void;
  onAlarm?: (alarm: Alarm) => void;
  /** states of policies changed: which, the hub does not say */
  onCompliance?: () => void;
}

/** One connection to the hub's stream for all pages, made again whenever it is lost. */
export class HubStream {
  readonly #followers = new Set<StreamFollower>();
  readonly #listeners = new Set<() => void>();
  readonly #onRefused: () => void;
  #source: EventSource | null = null;
  #reconnect: number | undefined;
  #wasLost = false;
  #setListening: () => void = () => undefined;
  isConnected = true;
  /** Resolves when the stream is open for the first time, or does not open soon: what is read from then on misses nothing. */
  readonly listening = new Promise<void>((resolve) => (this.#setListening = resolve));

  /** @param onRefused told when the connection is lost for good: the session may have ended */
  constructor(onRefused: () => void) {
    this.#onRefused = onRefused;
  }

  follow(follower: StreamFollower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** Told when the connection is lost or back. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  open(): void {
    const source = new EventSource('/api/v1/stream');
    this.#source = source;
    window.setTimeout(() => this.#setListening(), OPENING_MS);
    const on = <Data>(name: string, tell: (follower: StreamFollower, data: Data) => void): void =>
      source.addEventListener(name, (event: MessageEvent<string>) => {
        const data = JSON.parse(event.data) as Data;
        for (const follower of this.#followers) tell(follower, data);
      });
    source.addEventListener('open', () => {
      this.#setConnected(true);
      this.#setListening();
      if (this.#wasLost) this.#tellMissed();
    });
    on<Result>('result', (follower, result) => follower.onResult?.(result));
    on<Site>('site', (follower, site) => follower.onSite?.(site));
    on<Alarm>('alarm', (follower, alarm) => follower.onAlarm?.(alarm));
    on<unknown>('compliance', (follower) => follower.onCompliance?.());
    // away for so long that the hub does not repeat what was missed
    source.addEventListener('reset', () => this.#tellMissed());
    source.addEventListener('error', () => {
      this.#wasLost = true;
      this.#setListening();
      this.#setConnected(false);
      // otherwise the browser itself connects again
      if (source.readyState !== EventSource.CLOSED) return;
      this.#onRefused();
      this.#reconnect = window.setTimeout(() => this.open(), RECONNECT_MS);
    });
  }

  close(): void {
    this.#source?.close();
    window.clearTimeout(this.#reconnect);
  }

  #tellMissed(): void {
    for (const follower of this.#followers) follower.onMissed();
  }

  #setConnected(isConnected: boolean): void {
    this.isConnected = isConnected;
    for (const listener of this.#listeners) listener();
  }
}
