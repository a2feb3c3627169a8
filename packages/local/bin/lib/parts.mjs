import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where parts are kept: HILUM_CACHE_DIR or `.hilum/cache` of the repository. */
export function cacheFolder(root, env = process.env) {
  const chosen = env.HILUM_CACHE_DIR;
  return chosen === undefined || chosen === '' ? join(root, '.hilum/cache') : resolve(chosen);
}

/**
 * Apache Kafka's jars, which Maven fetches, and the store's program, which Go builds. The key is the name of the cache
 * folder and changes whenever the content should.
 * @param packageDir the folder of packages/local
 */
export function partSources(packageDir) {
  return {
    kafka: sourceOf('kafka', packageDir, ['kafka/pom.xml', 'kafka/jars.sha256'], /<kafka\.version>([^<]+)</),
    store: sourceOf('versitygw', packageDir, ['store/go.mod', 'store/go.sum'], /versity\/versitygw v(\S+)/),
  };
}

function sourceOf(name, packageDir, files, versionPattern) {
  const texts = files.map((file) => readFileSync(join(packageDir, file), 'utf8'));
  const version = versionPattern.exec(texts[0])?.[1] ?? 'unknown';
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return { key: `${name}-${version}-${hash.digest('hex').slice(0, 12)}`, version };
}

/** The last file of a part to be written: where it is, the rest is. */
export const PART_MANIFEST = 'manifest.json';

/** The parts that the cache lacks, by a look at the folders alone. */
export function absentParts(packageDir, cacheDir) {
  const sources = partSources(packageDir);
  return Object.keys(sources).filter((name) => !existsSync(join(cacheDir, sources[name].key, PART_MANIFEST)));
}
