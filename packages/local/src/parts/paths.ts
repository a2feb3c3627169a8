import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../../bin/lib/parts.mjs';

/** The package's own folder, which holds kafka/pom.xml and store/go.mod. */
export const packageDir = fileURLToPath(new URL('../..', import.meta.url));

/** The repository; every service is started from here. */
export const repositoryDir = resolve(packageDir, '../..');

/** Where parts are kept: HILUM_CACHE_DIR or `.hilum/cache`. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return cacheFolder(repositoryDir, env);
}
