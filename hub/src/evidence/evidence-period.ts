import { Problem } from '@hilum/runtime';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
export const MOST_EVIDENCE_DAYS = 400;

/** What evidence is about: from `since` until before `until`. */
export interface EvidencePeriod {
  since: Date;
  until: Date;
}

/**
 * @param asked ISO 8601 times; the last 30 days until now when absent
 * @throws Problem 400 that names the parameter and the fix
 */
export function evidencePeriod(
  asked: { since?: string | undefined; until?: string | undefined },
  now: number,
): EvidencePeriod {
  const until = asked.until === undefined ? now : Date.parse(asked.until);
  const since = asked.since === undefined ? until - DEFAULT_DAYS * DAY_MS : Date.parse(asked.since);
  if (until > now) throw bad('until: must not be in the future, since what will happen is not known');
  if (since >= until) throw bad('since: must be earlier than until');
  if (until - since > MOST_EVIDENCE_DAYS * DAY_MS)
    throw bad(`since: must be at most ${MOST_EVIDENCE_DAYS} days before until: ask for several periods`);
  return { since: new Date(since), until: new Date(until) };
}

function bad(detail: string): Problem {
  return new Problem(400, 'HILUM_HTTP_QUERY_INVALID', 'Bad query', detail);
}
