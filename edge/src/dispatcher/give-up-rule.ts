import type { GiveUpCause } from '@hilum/contracts';
import type { DeliveryOutcome } from './delivery-rule.js';
import type { Ticket } from './sink-gate.js';

/** So many strikes, and a record is given up. */
export const STRIKES_TO_GIVE_UP = 3;

/** How long no connection may have been lost before a loss is held against the record alone in flight. */
export const CALM_MS = 10_000;

/** While a record is held back the sink is looked at so often, if nothing else goes there: no death is overlooked. */
export const LOOK_EVERY_MS = 500;

/**
 * So long the gate may be open, without one calm that somebody went alone in, before a record that is held back goes all
 * the same: then something outside kills the sink, and holding back can find nothing out. Twice the longest calm that is
 * waited for, so that records which kill the sink by themselves never reach it.
 */
export const MAX_HOLD_MS = 30_000;

/**
 * Whether this delivery is held against its record: the record was held back until the sink had been calm, and then the
 * sink went away over it, with nothing else in flight.
 *
 * Why a good record never collects three strikes, whatever kills the sink (an operator, a node, a chaos test): a loss
 * with others in flight only makes it a suspect, which goes alone from then on; the first loss alone only makes it held
 * back, until no connection was lost for `CALM_MS` and a random time more, while other records, or looks in their
 * absence, go to the sink and notice every death. A sink killed every few seconds is never calm, so nothing counts at
 * all. A sink killed less often would have to be killed in the fraction of a second in which this one record is alone in
 * flight, three times in a row, at times that the calm before moves away from any rhythm of kills and restarts; one
 * answer in between, and the record is delivered and done.
 *
 * A record that does kill the sink meets nothing but calm once it is held back: others are served meanwhile. Several
 * such records take turns (`suspect-line.ts`), so each calm is a strike for one.
 *
 * @param heldForMs the calm for which the record was held back; null when it was not
 */
export function isStrike(outcome: DeliveryOutcome, ticket: Ticket, heldForMs: number | null): boolean {
  return outcome.kind === 'broken' && ticket.isAlone && heldForMs !== null && ticket.calmMs >= heldForMs;
}

/**
 * What a record that is given up has done. Null when giving it up would be wrong: it was refused, or it failed while
 * nothing else was scored either, so that the fault may be the sink's and pass. That is for the dead letters, from where
 * it can come back; an outcome stays.
 * @param wereOthersScored an image that was sent after this record's first failure was scored
 */
export function giveUpCauseOf(outcome: DeliveryOutcome, wereOthersScored: boolean): GiveUpCause | null {
  switch (outcome.kind) {
    case 'broken':
      return 'crash';
    case 'no-answer':
      return wereOthersScored ? 'timeout' : null;
    case 'answer':
      return outcome.status >= 500 && wereOthersScored ? 'error' : null;
    case 'no-connection':
      return null;
  }
}
