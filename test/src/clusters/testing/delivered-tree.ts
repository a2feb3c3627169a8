import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../support/repository.js';

/** What Argo CD reads: gitops/ and what it refers to outside. */
const DELIVERED = ['gitops', 'policies', 'hub/fleet', 'hub/monitoring', 'edge/fleet'];

/** The files of the working tree that are delivered, committed or not, by path from the root. */
export function deliveredTree(): Record<string, string> {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...DELIVERED], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  });
  const paths = listed.split('\0').filter(Boolean);
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(repositoryRoot, path), 'utf8')]));
}
