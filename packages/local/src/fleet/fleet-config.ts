import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { lock } from '../../bin/lib/file-lock.mjs';
import { writeFileAtomically } from './atomic-file.js';
import { defaultSiteName, siteNameProblem } from './site-name-rule.js';

const VERSION = 1;

const fleetConfig = z.strictObject({
  version: z.literal(VERSION),
  sites: z.array(z.string().refine((name) => siteNameProblem(name) === null, 'not a site name')),
  /** by port name: a process name, or that of a second port such as hub-kafka-controller */
  ports: z.record(z.string(), z.int().min(1).max(65535)),
});

/** What a data folder is meant to run: kept in `config.json`, read at each start and whenever a site is added. */
export type FleetConfig = z.infer<typeof fleetConfig>;

/** A mistake of whoever typed the command; printed without a stack. */
export class UsageError extends Error {}

/** The configuration of a data folder; an empty one when there is none yet. */
export function readFleetConfig(dataDir: string): FleetConfig {
  const path = join(dataDir, 'config.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { version: VERSION, sites: [], ports: {} };
    throw error;
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new UsageError(`${path} is not JSON: restore it, or start anew with another --data folder`);
  }
  const version = (content as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version !== VERSION) {
    throw new UsageError(
      `${path} is of version ${version} and this Hilum reads version ${VERSION}: use the ${version > VERSION ? 'newer' : 'older'} Hilum that wrote it, or another --data folder`,
    );
  }
  const parsed = fleetConfig.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${path} is not usable: ${z.prettifyError(parsed.error).replaceAll(/\s+/g, ' ')}; restore it`);
}

/** Reads, changes and writes the configuration while no other process does. */
export async function changeFleetConfig(
  dataDir: string,
  change: (config: FleetConfig) => FleetConfig | Promise<FleetConfig>,
): Promise<FleetConfig> {
  const held = await lock(join(dataDir, 'config.lock'), { pollMs: 50 });
  try {
    const before = readFleetConfig(dataDir);
    const after = await change(before);
    if (JSON.stringify(after) !== JSON.stringify(before)) {
      writeFileAtomically(join(dataDir, 'config.json'), `${JSON.stringify(after, null, 2)}\n`);
    }
    return after;
  } finally {
    held.release();
  }
}

export interface WantedSites {
  /** how many there must be at least */
  count?: number | undefined;
  names?: readonly string[] | undefined;
}

/**
 * The sites to run: those the folder already has (a site is never dropped, for it holds images), the named ones, then
 * default names up to the count. Two where nothing says otherwise.
 * @throws UsageError for a name that cannot be
 */
export function sitesToRun(existing: readonly string[], { count, names = [] }: WantedSites): string[] {
  for (const name of names) {
    const problem = siteNameProblem(name);
    if (problem !== null) throw new UsageError(problem);
  }
  const sites = [...new Set([...existing, ...names])];
  const least = count ?? (sites.length === 0 ? 2 : 0);
  for (let index = 0; sites.length < least; index += 1) {
    const name = defaultSiteName(index);
    if (!sites.includes(name)) sites.push(name);
  }
  return sites;
}
