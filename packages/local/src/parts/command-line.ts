import { join } from 'node:path';
import { repositoryDir } from './paths.js';

export const DEFAULT_DATA_DIR = join(repositoryDir, '.hilum/data');

/**
 * A `hilum` command as the user has to type it for this data folder: by npx, for nothing puts `hilum` on the PATH, and
 * with the folder, for without it the command would be about another.
 */
export function commandLine({ dataDir }: { dataDir: string }, text: string): string {
  return `npx hilum ${text}${dataDir === DEFAULT_DATA_DIR ? '' : ` --data ${quoted(dataDir)}`}`;
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
