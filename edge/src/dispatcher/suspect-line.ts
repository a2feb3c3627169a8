import { MAX_HOLD_MS } from './give-up-rule.js';
import type { SinkGate, Ticket } from './sink-gate.js';

/** A place in the line. */
export interface Held {
  /** it goes when no connection was lost for so long */
  readonly calmMs: number;
  readonly sinceOpenMs: number;
}

/**
 * Records over which, alone, the sink went away: held back until the sink is calm, and then sent one after another in
 * the order in which they came here. Whoever makes the sink go away again goes to the end and the others wait for the
 * next calm; who is taken leaves, and the next one goes in the same calm.
 *
 * The limit for those whom no calm comes to counts only time in which the gate is open, for a sink that is down tells
 * nothing, and begins anew with each turn: as long as turns are taken they lead somewhere, and a record that went out
 * of turn would only take the calm from the others.
 */
export class SuspectLine {
  readonly #gate: Pick<SinkGate, 'calmMs' | 'openMs'>;
  readonly #held: Held[] = [];
  #lastTurnOpenMs = 0;

  constructor(gate: Pick<SinkGate, 'calmMs' | 'openMs'>) {
    this.#gate = gate;
  }

  join(calmMs: number): Held {
    const held = { calmMs, sinceOpenMs: this.#gate.openMs };
    this.#held.push(held);
    return held;
  }

  leave(held: Held): void {
    const position = this.#held.indexOf(held);
    if (position >= 0) this.#held.splice(position, 1);
  }

  /** The first one keeps its place until it leaves, so nobody else goes while it is under way. */
  isFirst(held: Held): boolean {
    return this.#held[0] === held;
  }

  /** How long it still has to be held back at least, in milliseconds; not above 0: it may ask for a ticket if first. */
  missingMs(held: Held): number {
    return Math.min(held.calmMs - this.#gate.calmMs, this.#leftMs(held));
  }

  /** Whether it may use this ticket; while it waited for one the calm may have ended. */
  mayUse(held: Held, ticket: Ticket): boolean {
    const isTurn = ticket.calmMs >= held.calmMs;
    if (isTurn) this.#lastTurnOpenMs = this.#gate.openMs;
    return isTurn || this.#leftMs(held) <= 0;
  }

  #leftMs(held: Held): number {
    return Math.max(held.sinceOpenMs, this.#lastTurnOpenMs) + MAX_HOLD_MS - this.#gate.openMs;
  }
}
