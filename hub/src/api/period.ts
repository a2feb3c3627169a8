import { Problem } from '@hilum/runtime';

/**
 * The period that a query asks for, in milliseconds since the epoch: until now, and as long as by default, where it does not
 * say.
 * @param asked ISO 8601 times
 * @throws Problem 400 when it ends before it begins
 */
export function periodOf(
  asked: { since?: string | undefined; until?: string | undefined },
  now: number,
  defaultMs: number,
): { from: number; to: number } {
  const to = asked.until === undefined ? now : Date.parse(asked.until);
  const from = asked.since === undefined ? to - defaultMs : Date.parse(asked.since);
  if (from > to) throw new Problem(400, 'HILUM_HTTP_QUERY_INVALID', 'Bad query', 'since: must not be later than until');
  return { from, to };
}
