import { join } from 'node:path';
import { packageDir } from '../parts/paths.js';
import type { ProcessSpec } from '../supervisor/process-spec.js';
import { baseEnvironment, type FleetContext } from './fleet-context.js';
import { stateFile } from './fleet-state.js';

export interface SimulatorOptions {
  /** X-rays a minute, all sites together; the simulator's own default when absent. */
  ratePerMinute?: number | undefined;
  /** A folder of images to send; images the project makes itself when absent. */
  imagesDir?: string | undefined;
}

/** The modality simulator: sends X-rays to every site once all else is ready. */
export function simulatorSpec(
  context: FleetContext,
  { ratePerMinute, imagesDir }: SimulatorOptions,
  dependsOn: readonly string[],
): ProcessSpec {
  return {
    name: 'simulator',
    dependsOn,
    launch: () =>
      Promise.resolve({
        file: process.execPath,
        args: ['--enable-source-maps', join(packageDir, 'dist/simulator/simulator-process.js')],
        env: {
          ...baseEnvironment(context.env),
          ...(context.env['HILUM_LOG_LEVEL'] === undefined ? {} : { HILUM_LOG_LEVEL: context.env['HILUM_LOG_LEVEL'] }),
          HILUM_SIMULATOR_STATE_FILE: stateFile(context.dataDir),
          ...(ratePerMinute === undefined ? {} : { HILUM_SIMULATOR_RATE_PER_MINUTE: String(ratePerMinute) }),
          ...(imagesDir === undefined ? {} : { HILUM_SIMULATOR_IMAGES_DIR: imagesDir }),
        },
      }),
    // It serves nobody: running is all there is to see.
    ready: { kind: 'probe', probe: () => Promise.resolve(true) },
    readyTimeoutMs: 10_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5_000,
    hopelessExitCodes: [78],
  };
}
