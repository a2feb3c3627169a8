import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from '@hilum/local';
import type { Cluster, ClusterFleet } from './cluster-fleet.js';
import { recordedIn } from './process-record.js';

interface ApiResource {
  name: string;
  verbs: string[];
}

/** Their contents are keys and tokens. */
const KEPT_BACK = new Set(['secrets']);

/**
 * Keeps what tells why something failed: the log of every process, which of them still run, and of each cluster its events
 * and all its objects. No secrets.
 * @returns the folder it was written to
 */
export async function gatherEvidence(fleet: ClusterFleet, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  cpSync(join(fleet.folder, 'logs'), join(folder, 'logs'), { recursive: true });
  const processes = recordedIn(fleet.folder).map((process) => ({ ...process, runs: isRunning(process) }));
  writeFileSync(join(folder, 'processes.json'), JSON.stringify(processes, null, 2));
  for (const cluster of [fleet.hub, ...fleet.sites]) {
    const below = join(folder, cluster.name);
    mkdirSync(below, { recursive: true });
    const failures = await keepObjects(cluster, below);
    if (failures.length > 0) writeFileSync(join(below, 'not-read.txt'), `${failures.join('\n')}\n`);
  }
  return folder;
}

/** @returns what could not be read, and why: a cluster whose API is gone is part of what is to be told */
async function keepObjects({ admin }: Cluster, folder: string): Promise<string[]> {
  const failures: string[] = [];
  const ask = <T>(path: string): Promise<T | null> =>
    admin.ask<T>('GET', path).catch((error: unknown) => {
      failures.push(error instanceof Error ? error.message : String(error));
      return null;
    });
  const groups = await ask<{ groups: { preferredVersion: { groupVersion: string } }[] }>('/apis');
  const versions = groups?.groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`) ?? [];
  for (const root of ['/api/v1', ...versions])
    for (const { name, verbs } of (await ask<{ resources: ApiResource[] }>(root))?.resources ?? []) {
      if (!verbs.includes('list') || name.includes('/') || KEPT_BACK.has(name)) continue;
      const items = (await ask<{ items: unknown[] }>(`${root}/${name}`))?.items ?? [];
      const file = `${root.split('/').slice(2).join('-')}-${name}.json`;
      if (items.length > 0) writeFileSync(join(folder, file), JSON.stringify(items, null, 2));
    }
  return failures;
}
