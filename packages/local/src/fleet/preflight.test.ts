import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LEAST_FREE_BYTES } from './disk-space.js';
import { preflight, spaceProblem } from './preflight.js';

describe('preflight', () => {
  it('tells of a WAN address that is none together with the rest, and leaves nothing behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hilum-preflight-'));
    try {
      const env = { ...process.env, HILUM_HUB_KAFKA_WAN_ADDRESS: 'hub:70000', HILUM_HUB_PORT: 'x' };
      const problems = await preflight({ dataDir: join(folder, 'data'), env }).catch((error: Error) => error.message);
      expect(problems?.split('\n')).toEqual(
        expect.arrayContaining([
          'HILUM_HUB_KAFKA_WAN_ADDRESS=hub:70000: the port must be a number from 1 to 65535',
          'HILUM_HUB_PORT=x: must be a port number, 1 to 65535',
        ]),
      );
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('spaceProblem', () => {
  it('is nothing from the least on', () => {
    expect(spaceProblem('/data', LEAST_FREE_BYTES, 'another --data', LEAST_FREE_BYTES)).toEqual([]);
  });

  it('says how much there is, how much is needed and what to do', () => {
    expect(spaceProblem('/data', LEAST_FREE_BYTES, 'another --data', 48.9 * 1024 * 1024)).toEqual([
      'only 48 MB free in /data; at least 500 MB are needed: free some, or choose another --data',
    ]);
  });
});
