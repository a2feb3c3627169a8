import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageDir } from './paths.js';

/** Of the Hilum that this is. */
export function appVersion(): string {
  return (JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as { version: string }).version;
}
