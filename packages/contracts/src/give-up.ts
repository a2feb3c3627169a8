import { z } from 'zod';

/**
 * CloudEvents extension attribute on a notification that could not be delivered: the receiver shall not try the image
 * once more but make it an outcome (`unreadable`, `scoring-failed`), so that staff see it. Its value says why.
 */
export const GIVE_UP_ATTRIBUTE = 'hilumgiveup';

/** crash: the receiver died of it, each time. error: it answered 5xx, each time. timeout: it never answered. */
export const GIVE_UP_CAUSES = ['crash', 'error', 'timeout'] as const;
export const giveUpCause = z.enum(GIVE_UP_CAUSES);
export type GiveUpCause = z.infer<typeof giveUpCause>;
