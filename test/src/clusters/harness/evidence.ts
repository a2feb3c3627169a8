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
    // a cluster whose API is gone is part of what is to be told
    await keepObjects(cluster, below).catch((error: unknown) =>
      writeFileSync(join(below, 'error.txt'), error instanceof Error ? error.message : String(error)),
    );
  }
  return folder;
}

async function keepObjects({ admin }: Cluster, folder: string): Promise<void> {
  const { groups } = await admin.ask<{ groups: { preferredVersion: { groupVersion: string } }[] }>('GET', '/apis');
  const roots = ['/api/v1', ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  for (const root of roots) {
    const { resources } = await admin.ask<{ resources: ApiResource[] }>('GET', root);
    for (const { name, verbs } of resources) {
      if (!verbs.includes('list') || name.includes('/') || KEPT_BACK.has(name)) continue;
      const list = await admin.ask<{ items: unknown[] }>('GET', `${root}/${name}`);
      const file = `${root.split('/').slice(2).join('-')}-${name}.json`;
      if (list.items.length > 0) writeFileSync(join(folder, file), JSON.stringify(list.items, null, 2));
    }
  }
}
