import type { GiveUpCause } from '@hilum/contracts';
import type { DeliveryOutcome } from './delivery-rule.js';
import type { Ticket } from './sink-gate.js';

/** So many strikes, and a record is given up. */
export const STRIKES_TO_GIVE_UP = 3;

/** How long no connection may have been lost before a loss is held against the record alone in flight. */
export const CALM_MS = 10_000;

/** While a record is held back the sink is looked at so often, if nothing else goes there: no death is overlooked. */
export const LOOK_EVERY_MS = 500;

/** A record that is held back until the sink is calm goes after this time anyway. */
export const MAX_HOLD_MS = 60_000;

/**
 * Whether this delivery is held against its record: the sink went away over it, with nothing else in flight, after a
 * time in which it went away over nothing.
 *
 * Why a good record never collects three strikes, whatever kills the sink (an operator, a node, a chaos test): a strike
 * needs the record alone in flight, not just once: the first loss, with others in flight or alone, only makes it a
 * suspect, and its next delivery follows at once, before the sink can have been calm. From then on it is held back
 * until no connection was lost for `CALM_MS`, while other records, or looks in their absence, go to the sink and notice
 * every death. A sink killed every few seconds is never calm, so nothing counts at all. A sink killed less often would
 * have to be killed in the fraction of a second in which this one record is alone in flight, three times in a row, at
 * times that the calm before moves away from any rhythm of kills and restarts; one answer in between, and the record is
 * delivered and done.
 *
 * A record that does kill the sink meets nothing but calm once it is held back: others are served meanwhile. Several
 * such records disturb each other's calm, but become due together and take turns, so each turn is a strike for one.
 */
export function isStrike(outcome: DeliveryOutcome, ticket: Ticket, calmMs: number = CALM_MS): boolean {
  return outcome.kind === 'broken' && ticket.isAlone && ticket.calmMs >= calmMs;
}

/** What a record that is given up has done: null when it was refused instead, which is for the dead letters. */
export function giveUpCauseOf(outcome: DeliveryOutcome): GiveUpCause | null {
  switch (outcome.kind) {
    case 'broken':
      return 'crash';
    case 'no-answer':
      return 'timeout';
    case 'answer':
      return outcome.status >= 500 ? 'error' : null;
    case 'no-connection':
      return null;
  }
}
