import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRelease, type KnownRelease } from './known-release.js';

/** Of one release.json; a folder of weights given by mistake must not fill the memory. */
const MAX_BYTES = 1_048_576;

/** A file that is not a release, and what is wrong with it. */
export interface ReleaseProblem {
  code: 'HILUM_HUB_RELEASE_UNREADABLE' | 'HILUM_HUB_RELEASE_INVALID';
  file: string;
  /** names the field and the fix */
  detail: string;
}

/** The releases that the hub was given: what their models are compared with. */
export class ReleaseCatalogue {
  /** by name, then newest version first */
  readonly releases: readonly KnownRelease[];

  constructor(releases: readonly KnownRelease[]) {
    this.releases = [...releases].sort(
      (a, b) =>
        compare(a.name, b.name) ||
        b.version.localeCompare(a.version, 'en', { numeric: true }) ||
        compare(a.digest, b.digest),
    );
  }

  /** @param version preferred: the same weights may have been released again with other thresholds */
  find(digest: string, version: string | null): KnownRelease | null {
    const same = this.releases.filter((release) => release.digest === digest);
    return same.find((release) => release.version === version) ?? same[0] ?? null;
  }
}

/**
 * Reads every `*.json` in a folder and every `release.json` one level below it; hidden names are passed over, for a
 * mounted ConfigMap keeps its files twice.
 * @returns what could be read, and a problem for each file that could not: a bad release costs the hub a comparison, never
 *   its start
 */
export async function readReleases(
  folder: string,
): Promise<{ catalogue: ReleaseCatalogue; problems: readonly ReleaseProblem[] }> {
  const releases: KnownRelease[] = [];
  const problems: ReleaseProblem[] = [];
  const unreadable = (file: string, error: unknown): void => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const detail = `cannot be read (${code}): HILUM_HUB_RELEASES_DIR must be a folder of release.json files`;
    problems.push({ code: 'HILUM_HUB_RELEASE_UNREADABLE', file, detail });
  };
  for (const file of await releaseFiles(folder, unreadable)) {
    try {
      const { size } = await stat(file);
      const parsed =
        size > MAX_BYTES
          ? { kind: 'refused' as const, detail: `has ${size} bytes, a release.json at most ${MAX_BYTES}` }
          : parseRelease(await readFile(file, 'utf8'));
      if (parsed.kind === 'release') releases.push(parsed.release);
      else problems.push({ code: 'HILUM_HUB_RELEASE_INVALID', file, detail: parsed.detail });
    } catch (error) {
      unreadable(file, error);
    }
  }
  return { catalogue: new ReleaseCatalogue(releases), problems };
}

async function releaseFiles(folder: string, onError: (file: string, error: unknown) => void): Promise<string[]> {
  const files: string[] = [];
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (error) {
    onError(folder, error);
    return [];
  }
  for (const name of names) {
    const path = join(folder, name);
    // follows links: a mounted file is one
    const found = await stat(path).catch((error: unknown) => onError(path, error));
    if (found?.isFile() === true && name.endsWith('.json')) files.push(path);
    if (found?.isDirectory() !== true) continue;
    const inner = join(path, 'release.json');
    if ((await stat(inner).catch(() => undefined))?.isFile() === true) files.push(inner);
  }
  return files;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
