import { join } from 'node:path';
import { processTerminal, withProgress } from '@hilum/local';
import type { TestProject } from 'vitest/node';
import { clustersFolder, createFleet } from '../harness/cluster-fleet.js';

declare module 'vitest' {
  interface ProvidedContext {
    fleetFolder: string;
  }
}

/** One fleet for all files: a start costs more than any test. */
export default async function startFleet(project: TestProject): Promise<() => Promise<void>> {
  const folder = join(clustersFolder, 'test');
  const fleet = await withProgress(processTerminal(), (report) =>
    createFleet({ sites: 2, folder, endsWithUs: true, report }),
  ).catch((error: unknown) => {
    throw new Error(`the clusters did not start; their logs are in ${join(folder, 'logs')}`, { cause: error });
  });
  project.provide('fleetFolder', folder);
  return () => fleet.stop();
}
