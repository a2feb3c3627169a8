import { randomInt } from 'node:crypto';
import { ConfigError, integer, optionalText, processSettings, readConfig, text } from '@hilum/runtime';
import { imageFilesIn } from './folder-images.js';

export interface SimulatorConfig {
  logLevel: string;
  stateFile: string;
  ratePerMinute: number;
  /** null: draw them */
  imageFiles: string[] | null;
  seed: number;
}

const SEEDS = 1_000_000_000;

const settings = {
  logLevel: processSettings.logLevel,
  stateFile: text('HILUM_SIMULATOR_STATE_FILE'),
  ratePerMinute: integer('HILUM_SIMULATOR_RATE_PER_MINUTE', { min: 1, max: 6000, fallback: 30 }),
  imagesDir: optionalText('HILUM_SIMULATOR_IMAGES_DIR'),
};

/** @throws ConfigError with every problem found, a folder without images among them */
export function readSimulatorConfig(env: NodeJS.ProcessEnv): SimulatorConfig {
  const { imagesDir, ...config } = readConfig(
    {
      ...settings,
      // another one each start unless given, so that a restart does not send the same patients again
      seed: integer('HILUM_SIMULATOR_SEED', { min: 0, max: SEEDS - 1, fallback: randomInt(SEEDS) }),
    },
    env,
  );
  if (imagesDir === undefined) return { ...config, imageFiles: null };
  try {
    return { ...config, imageFiles: imageFilesIn(imagesDir) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigError([`HILUM_SIMULATOR_IMAGES_DIR: ${error.message}`]);
  }
}
