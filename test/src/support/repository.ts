import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's root, from test/src/support and test/dist/support alike. */
export const repositoryRoot = fileURLToPath(new URL('../../..', import.meta.url));

/** Paths of all files that git tracks, relative to the root. */
export function trackedFiles(): string[] {
  return execFileSync('git', ['ls-files', '-z'], { cwd: repositoryRoot, encoding: 'utf8' }).split('\0').filter(Boolean);
}
