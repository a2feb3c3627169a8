import { backoffMs } from '@hilum/runtime';

/** What an attempt came to: a status, or null when there was no answer. */
export type NotificationVerdict =
  { kind: 'delivered' } | { kind: 'refused' } | { kind: 'failed' } | { kind: 'again'; inMs: number };

const BACKOFF = { firstMs: 5_000, maxMs: 3_600_000 };
const GIVE_UP_AFTER_MS = 3 * 86_400_000;

/**
 * Standard Webhooks: any 2xx is delivered, 410 means that the receiver is gone for good, anything else is tried again
 * with growing intervals up to an hour, for three days. A redirect is not followed (it could lead the message to
 * somebody else), so it counts as a failed attempt.
 * @param attempts made before this one @param random 0..1
 */
export function notificationVerdict(
  status: number | null,
  { attempts, ageMs, random }: { attempts: number; ageMs: number; random: number },
): NotificationVerdict {
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'refused' };
  if (ageMs >= GIVE_UP_AFTER_MS) return { kind: 'failed' };
  return { kind: 'again', inMs: backoffMs(BACKOFF, attempts, random) };
}
