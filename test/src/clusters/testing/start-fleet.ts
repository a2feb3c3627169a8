import { join } from 'node:path';
import { processTerminal, withProgress } from '@hilum/local';
import type { TestProject } from 'vitest/node';
import { clustersFolder, createFleet } from '../harness/cluster-fleet.js';
import { killAllIn } from '../harness/process-record.js';

declare module 'vitest' {
  interface ProvidedContext {
    fleetFolder: string;
  }
}

/** One fleet for all files: a start costs more than any test. */
export default async function startFleet(project: TestProject): Promise<() => Promise<void>> {
  const folder = join(clustersFolder, 'test');
  endWithUs(folder);
  const fleet = await withProgress(processTerminal(), (report) =>
    createFleet({ sites: 2, folder, endsWithUs: true, report }),
  ).catch((error: unknown) => {
    throw new Error(`the clusters did not start; their logs are in ${join(folder, 'logs')}`, { cause: error });
  });
  project.provide('fleetFolder', folder);
  return () => fleet.stop();
}

/** A run that somebody breaks off does not come to its end, and the clusters would run on. */
function endWithUs(folder: string): void {
  process.once('exit', () => killAllIn(folder));
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => process.exit(status));
}
