import { backoffMs } from '@hilum/runtime';

/** What an attempt came to: a status, or null when there was no answer. */
export type NotificationVerdict =
  { kind: 'delivered' } | { kind: 'refused' } | { kind: 'failed' } | { kind: 'again'; inMs: number };

const BACKOFF = { firstMs: 5_000, maxMs: 3_600_000 };
/** Three days of trying. Attempts are counted, not days: a clock that jumps ahead must not silence a finding. */
const GIVE_UP_AFTER_ATTEMPTS = 80;

/** No message is put off further than this: one that seems to be was put off by a clock that has been set back since. */
export const LONGEST_DELAY_MS = BACKOFF.maxMs;

/**
 * Standard Webhooks: any 2xx is delivered, 410 means that the receiver is gone for good, anything else is tried again
 * with growing intervals up to an hour, for about three days. A redirect is not followed (it could lead the message to
 * somebody else), so it counts as a failed attempt.
 * @param attempts made before this one @param random 0..1
 */
export function notificationVerdict(
  status: number | null,
  { attempts, random }: { attempts: number; random: number },
): NotificationVerdict {
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'refused' };
  if (attempts + 1 >= GIVE_UP_AFTER_ATTEMPTS) return { kind: 'failed' };
  return { kind: 'again', inMs: backoffMs(BACKOFF, attempts, random) };
}
