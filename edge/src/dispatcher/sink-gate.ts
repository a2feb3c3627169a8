import { backoffMs, type Backoff } from '@hilum/runtime';

/** Permission to make one delivery; handed back with {@link SinkGate.leave}. */
export interface Ticket {
  readonly isProbe: boolean;
  /** nothing else is in flight, from the admission until this ticket is handed back */
  readonly isAlone: boolean;
  /** how long before the admission no connection was lost; a start is no calm, it counts from there */
  readonly calmMs: number;
}

/**
 * answered: the sink is there. away: it says that it cannot work now, or says nothing. lost: there is no connection, or
 * no longer. unknown: the delivery was broken off, or tells nothing of the sink.
 */
export type SinkNews =
  { kind: 'answered' } | { kind: 'away'; retryAfterMs: number | null } | { kind: 'lost' } | { kind: 'unknown' };

export interface GateTimer {
  now: () => number;
  /** Calls back after the time; returns what cancels it. */
  after: (ms: number, callback: () => void) => () => void;
}

const realTimer: GateTimer = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** A sink may ask for patience, but not put the site to sleep. */
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * Who may call the sink now, for the whole dispatcher.
 *
 * open → paused: a delivery finds the sink away. paused → open: any delivery is answered.
 * Open, up to `capacity` deliveries are under way. Paused, one probe at a time, after the sink's Retry-After or a
 * growing delay; all others wait. Waiters are served in order and a failed probe goes to the end, so that one record
 * that hangs the sink does not become every probe.
 *
 * Who asks to go alone is admitted, in turn, when nothing is in flight, and nobody beside it: should the sink go away,
 * it is known over what.
 */
export class SinkGate {
  readonly #capacity: number;
  readonly #backoff: Backoff;
  readonly #timer: GateTimer;
  readonly #waiters: { goesAlone: boolean; admit: (ticket: Ticket | null) => void }[] = [];
  #inFlight = 0;
  #isProbing = false;
  /** One who asked to go alone is in flight. */
  #isTaken = false;
  #lostAtMs: number;
  #openMs = 0;
  /** Null while paused. */
  #openedAtMs: number | null;
  /** Null while open; the probes that failed since the pause began, and when the next may go. */
  #pause: { failures: number; probeAtMs: number } | null = null;
  #cancelTimer: (() => void) | null = null;
  #answers = 0;

  constructor(options: { capacity: number; backoff: Backoff; timer?: GateTimer }) {
    this.#capacity = options.capacity;
    this.#backoff = options.backoff;
    this.#timer = options.timer ?? realTimer;
    // what was lost before the start is not known
    this.#lostAtMs = this.#openedAtMs = this.#timer.now();
  }

  get isPaused(): boolean {
    return this.#pause !== null;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How often the sink has answered so far, whatever and to whatever; a change tells that it is alive, no more. */
  get answers(): number {
    return this.#answers;
  }

  /** For how long it has been open so far, all together. */
  get openMs(): number {
    return this.#openMs + (this.#openedAtMs === null ? 0 : this.#timer.now() - this.#openedAtMs);
  }

  /** For how long no connection was lost. */
  get calmMs(): number {
    return this.#timer.now() - this.#lostAtMs;
  }

  /** Resolves with a ticket when it is this caller's turn, or with null when the signal aborts first. */
  enter(signal: AbortSignal, { goesAlone = false }: { goesAlone?: boolean } = {}): Promise<Ticket | null> {
    if (signal.aborted) return Promise.resolve(null);
    return new Promise((resolve) => {
      const waiter = {
        goesAlone,
        admit: (ticket: Ticket | null): void => {
          signal.removeEventListener('abort', onAbort);
          resolve(ticket);
        },
      };
      const onAbort = (): void => {
        const position = this.#waiters.indexOf(waiter);
        if (position >= 0) this.#waiters.splice(position, 1);
        waiter.admit(null);
        // it may have been the one for whom the others waited
        this.#admit();
      };
      signal.addEventListener('abort', onAbort);
      this.#waiters.push(waiter);
      this.#admit();
    });
  }

  leave(ticket: Ticket, news: SinkNews): void {
    this.#inFlight -= 1;
    if (ticket.isProbe) this.#isProbing = false;
    if (ticket.isAlone) this.#isTaken = false;
    if (news.kind === 'lost') this.#lostAtMs = this.#timer.now();
    if (news.kind === 'answered') {
      this.#answers += 1;
      this.#pause = null;
      this.#openedAtMs ??= this.#timer.now();
    } else if (news.kind !== 'unknown') {
      this.#onAway(ticket, news.kind === 'away' ? news.retryAfterMs : null);
    }
    this.#admit();
  }

  #onAway(ticket: Ticket, retryAfterMs: number | null): void {
    // deliveries that were under way when the pause began tell nothing new
    if (this.#pause !== null && !ticket.isProbe) return;
    this.#openMs = this.openMs;
    this.#openedAtMs = null;
    const failures = this.#pause?.failures ?? 0;
    const delayMs = Math.min(retryAfterMs ?? backoffMs(this.#backoff, failures), MAX_RETRY_AFTER_MS);
    this.#pause = { failures: failures + 1, probeAtMs: this.#timer.now() + delayMs };
  }

  #admit(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#pause === null) {
      while (this.#hasRoom() && this.#admitNext(false));
      return;
    }
    if (this.#isProbing || this.#waiters.length === 0) return;
    const remainingMs = this.#pause.probeAtMs - this.#timer.now();
    if (remainingMs > 0) this.#cancelTimer = this.#timer.after(remainingMs, () => this.#admit());
    else this.#admitNext(true);
  }

  /** Room for the first in the line, while open. */
  #hasRoom(): boolean {
    if (this.#isTaken) return false;
    return this.#waiters[0]?.goesAlone === true ? this.#inFlight === 0 : this.#inFlight < this.#capacity;
  }

  #admitNext(isProbe: boolean): boolean {
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return false;
    // a probe that finds nothing in flight stays alone: only its own answer can open the gate
    const isAlone = this.#inFlight === 0 && (isProbe || waiter.goesAlone);
    this.#inFlight += 1;
    if (isProbe) this.#isProbing = true;
    if (isAlone) this.#isTaken = true;
    waiter.admit({ isProbe, isAlone, calmMs: this.calmMs });
    return true;
  }
}
