import { join, resolve } from 'node:path';
import { partSources, type PartName } from '../../bin/lib/parts.mjs';
import { missingPrerequisites, prerequisitesFor } from '../../bin/lib/prerequisites.mjs';
import { isWhole } from '../parts/part-cache.js';
import { cacheDir, packageDir } from '../parts/paths.js';
import { imageFilesIn } from '../simulator/folder-images.js';
import { LEAST_FREE_BYTES, freeBytes } from './disk-space.js';
import { hubPortNames, hubWanAddressProblem, sitePortNames } from './fleet-access.js';
import { UsageError, readFleetConfig, sitesToRun } from './fleet-config.js';
import type { FleetOptions } from './fleet.js';
import { folderProblem } from './folder-problem.js';
import { keptDataProblems } from './kept-data.js';
import { leftoversOf } from './leftovers.js';
import { Ports } from './ports.js';
import { folderHolder, folderInUse } from './supervisor-lock.js';

const MEBIBYTE = 1024 * 1024;
/** What building the store takes, with Go's own caches, which are usually on the same disk. */
const STORE_BUILD_BYTES = 1024 * MEBIBYTE;

/**
 * Refuses a start that cannot succeed, with everything that is in its way at once. Reads only: nothing is written or
 * started, so a refusal leaves no trace.
 * @throws UsageError with one line for each problem
 */
export async function preflight(options: FleetOptions): Promise<void> {
  const dataDir = resolve(options.dataDir);
  const holder = folderHolder(dataDir);
  // nothing else would be worth saying: its own processes hold its ports
  if (holder !== null) throw folderInUse(dataDir, holder);
  const problems = await startProblems({ ...options, dataDir });
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
}

async function startProblems(options: FleetOptions): Promise<string[]> {
  const { dataDir, simulator, env = process.env } = options;
  const toFetch = await partsToFetch(cacheDir(env));
  const folder = folderProblem('the data folder', dataDir, 'choose another --data');
  return [
    ...(await missingPrerequisites(prerequisitesFor(toFetch))),
    ...(folder === null ? spaceProblem(dataDir, LEAST_FREE_BYTES, 'another --data') : [folder]),
    ...cacheProblems(cacheDir(env), toFetch),
    ...imagesProblem(simulator?.imagesDir),
    ...[hubWanAddressProblem(env)].filter((problem) => problem !== null),
    ...(folder === null ? await contentProblems(options, env) : []),
  ];
}

/** What the folder holds, is to hold, and the ports for it. */
async function contentProblems(
  { dataDir, sites: wanted = {} }: FleetOptions,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const problems: string[] = [];
  const collect = <T>(work: () => T, otherwise: T): T => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error.message);
      return otherwise;
    }
  };
  const existing = collect(() => readFleetConfig(dataDir).sites, []);
  const sites = collect(() => sitesToRun(existing, wanted), existing);
  for (const owner of ['hub', ...existing.map((site) => join('sites', site))])
    problems.push(...keptDataProblems(dataDir, owner));
  // what a killed supervisor left is ended before the ports are taken, and may hold them until then
  if (leftoversOf(dataDir).length === 0)
    problems.push(...(await new Ports({ env }).problems([...hubPortNames, ...sites.flatMap(sitePortNames)])));
  return problems;
}

async function partsToFetch(cache: string): Promise<PartName[]> {
  const missing: PartName[] = [];
  for (const [name, { key }] of Object.entries(partSources(packageDir)))
    if (!(await isWhole(join(cache, key)))) missing.push(name as PartName);
  return missing;
}

function cacheProblems(cache: string, toFetch: readonly PartName[]): string[] {
  if (toFetch.length === 0) return [];
  const folder = folderProblem('the cache folder', cache, 'choose another with HILUM_CACHE_DIR');
  if (folder !== null) return [folder];
  const least = toFetch.includes('store') ? STORE_BUILD_BYTES : LEAST_FREE_BYTES;
  return spaceProblem(cache, least, 'another folder with HILUM_CACHE_DIR');
}

/** @returns one line, or none when there is room */
export function spaceProblem(
  dir: string,
  leastBytes: number,
  instead: string,
  free: number = freeBytes(dir),
): string[] {
  if (free >= leastBytes) return [];
  const [has, needs] = [free, leastBytes].map((bytes) => Math.floor(bytes / MEBIBYTE));
  return [`only ${has} MB free in ${dir}; at least ${needs} MB are needed: free some, or choose ${instead}`];
}

function imagesProblem(imagesDir: string | undefined): string[] {
  if (imagesDir === undefined) return [];
  try {
    imageFilesIn(imagesDir);
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [`--images ${imagesDir}: ${error.message}`];
  }
}
