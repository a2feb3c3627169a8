import type { ChaosRun, ChaosRunOptions } from '../harness/chaos-run.js';
import type { UploadOptions } from '../harness/uploads.js';

export interface ScenarioOptions {
  /** outages of minutes and thousands of images, instead of what fits a run for every change */
  isFull: boolean;
}

/** One way to break a fleet. It ends with `run.settle()`: only what holds afterwards counts. */
export interface Scenario {
  name: string;
  /** one line for a person */
  what: string;
  /** seeded ones differ from seed to seed and are repeated for each */
  isSeeded: boolean;
  /** why it cannot run on this machine, or null */
  needs?: () => string | null;
  /** a fleet of its own, where the shared one would not do, and what is to be cleaned up after it */
  setting?: () => { options: Pick<ChaosRunOptions, 'sites' | 'env' | 'dataFolder'>; cleanUp: () => Promise<void> };
  /** @throws Error that says what does not hold */
  run: (run: ChaosRun, options: ScenarioOptions) => Promise<void>;
}

/** Uploads in the background, so that a fault never finds an idle fleet. When the work fails they end with it. */
export async function whileUploading(run: ChaosRun, uploads: UploadOptions, work: () => Promise<void>): Promise<void> {
  const failed = new AbortController();
  const uploading = run.upload({ ...uploads, signal: failed.signal });
  // reported below; without this a failure during the work would end the process
  uploading.catch(() => undefined);
  try {
    await work();
  } catch (error) {
    failed.abort();
    throw error;
  }
  await uploading;
}
