import { UsageError } from '../fleet/fleet-config.js';

/**
 * What to say about a failure that is the user's or the machine's: a mistake in what was asked for, or a file that the
 * system refuses (a full disk, a folder of somebody else).
 * @returns null for a mistake of ours, which is worth its stack
 */
export function plainFailure(error: unknown): string | null {
  if (error instanceof UsageError) return error.message;
  if (!(error instanceof Error)) return null;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code !== undefined && syscall !== undefined ? `the system refuses it: ${error.message}` : null;
}
