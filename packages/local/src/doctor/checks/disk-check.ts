import { LEAST_FREE_BYTES, freeBytes } from '../../fleet/disk-space.js';
import { MACHINE, failed, ok, warning, type Check, type Finding } from '../check.js';
import type { Examination } from '../examination.js';

const GIB = 1024 ** 3;
const LITTLE_BYTES = 2 * GIB;

export function diskFinding(free: number, dataDir: string): Finding {
  const text = `${(free / GIB).toFixed(1)} GiB are free where the data folder is`;
  const fix = `make room on the file system of ${dataDir}; what uses it: du -xsh ${dataDir}/*`;
  if (free < LEAST_FREE_BYTES) return failed(`${text}; below 0.5 GiB brokers and databases soon fail`, { fix });
  if (free < LITTLE_BYTES) return warning(`${text}; below 2 GiB it is little`, { fix });
  return ok(text);
}

/** Free space where the data folder is, or will be. */
export function diskCheck({ dataDir }: Examination): Check {
  return { name: 'disk', subject: MACHINE, run: () => diskFinding(freeBytes(dataDir), dataDir) };
}
