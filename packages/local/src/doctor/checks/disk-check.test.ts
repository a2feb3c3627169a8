import { describe, expect, it } from 'vitest';
import { LEAST_FREE_BYTES } from '../../fleet/disk-space.js';
import { diskFinding } from './disk-check.js';

const GIB = 1024 ** 3;

describe('free space', () => {
  it.each([
    [2 * GIB, 'ok'],
    [2 * GIB - 1, 'warning'],
    [LEAST_FREE_BYTES, 'warning'],
    [LEAST_FREE_BYTES - 1, 'failed'],
    [0, 'failed'],
  ])('of %d bytes is %s', (bytes, state) => {
    expect(diskFinding(bytes, '/data').state).toBe(state);
  });

  it('that is little comes with what to do', () => {
    expect(diskFinding(1.5 * GIB, '/data')).toMatchObject({
      detail: '1.5 GiB are free where the data folder is; below 2 GiB it is little',
      fix: 'make room on the file system of /data; what uses it: du -xsh /data/*',
    });
  });
});
