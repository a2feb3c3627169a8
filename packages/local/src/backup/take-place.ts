import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../fleet/fleet-config.js';
import { syncFolder } from './hashed-file.js';

/** One folder that takes the place of another, or of none. */
export interface Replacement {
  place: string;
  /** what takes it, made ready beside it */
  draft: string;
  /** where what is there goes */
  aside: string;
}

/**
 * Lets every draft take its place, in this order, and then does what else belongs to it: all of it or nothing.
 * @returns the folders that hold now what was there
 * @throws what went wrong, when everything is again as it was; UsageError when it could not be put back
 */
export async function takePlaces(
  replacements: readonly Replacement[],
  afterwards: () => Promise<unknown> = () => Promise.resolve(),
): Promise<string[]> {
  const moved: { from: string; to: string }[] = [];
  const move = async (from: string, to: string): Promise<void> => {
    await rename(from, to);
    moved.push({ from, to });
    syncFolder(dirname(to));
  };
  const aside: string[] = [];
  try {
    for (const { place, draft, aside: goesTo } of replacements) {
      if (existsSync(place)) {
        await move(place, goesTo);
        aside.push(goesTo);
      }
      await move(draft, place);
    }
    await afterwards();
    return aside;
  } catch (error) {
    await putBack(moved, error);
    throw error;
  }
}

async function putBack(moved: readonly { from: string; to: string }[], why: unknown): Promise<void> {
  for (const { from, to } of [...moved].reverse()) {
    try {
      await rename(to, from);
      syncFolder(dirname(from));
    } catch (error) {
      throw new UsageError(
        `the restore failed (${messageOf(why)}) and could not be undone (${messageOf(error)}): rename ${to} to ${from} by hand before anything is started`,
        { cause: why },
      );
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
