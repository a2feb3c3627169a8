import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again until there is an answer (anything but null, undefined or false), and gives it.
 * @throws Error that says what was waited for, with the last failure as its cause
 */
export async function until<T>(
  what: string,
  ask: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  deadlineMs: number = 30_000,
  everyMs: number = 100,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  let cause: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`, { cause });
    await delay(everyMs);
  }
}
