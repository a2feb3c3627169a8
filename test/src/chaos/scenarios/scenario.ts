import type { ChaosRun, ChaosRunOptions } from '../harness/chaos-run.js';

export interface ScenarioOptions {
  /** the durations and numbers of the issue that asked for it, instead of those that fit a run for every change */
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
  setting?: () => { options: Pick<ChaosRunOptions, 'sites' | 'env' | 'dataFolder'>; cleanUp: () => void };
  /** @throws Error that says what does not hold */
  run: (run: ChaosRun, options: ScenarioOptions) => Promise<void>;
}

/** An even number of uploads in the background, so that a fault never finds an idle fleet. */
export async function whileUploading(
  run: ChaosRun,
  uploads: Parameters<ChaosRun['upload']>[0],
  work: () => Promise<void>,
): Promise<void> {
  const uploading = run.upload(uploads);
  // reported below; without this a failure during the work would end the process
  uploading.catch(() => undefined);
  await work();
  await uploading;
}
