import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedPart } from './part-cache.js';

let cache: string;
let builds: number;
const signal = new AbortController().signal;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'hilum-cache-'));
  builds = 0;
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const get = (build?: (folder: string) => Promise<void>): Promise<string> =>
  cachedPart(
    cache,
    {
      key: 'tool-1',
      onWait: () => undefined,
      build:
        build ??
        ((folder) => {
          builds += 1;
          mkdirSync(join(folder, 'sub'));
          writeFileSync(join(folder, 'sub/tool'), 'content');
          return Promise.resolve();
        }),
    },
    signal,
  );

describe('cachedPart', () => {
  it('builds once', async () => {
    const folder = await get();
    expect(await get()).toBe(folder);
    expect(readFileSync(join(folder, 'sub/tool'), 'utf8')).toBe('content');
    expect(builds).toBe(1);
  });

  it('builds anew when a file has another content of the same size', async () => {
    const folder = await get();
    writeFileSync(join(folder, 'sub/tool'), 'Content');
    utimesSync(join(folder, 'sub/tool'), 1, 1);
    await get();
    expect(readFileSync(join(folder, 'sub/tool'), 'utf8')).toBe('content');
    expect(builds).toBe(2);
  });

  it('builds anew when a file is gone', async () => {
    rmSync(join(await get(), 'sub/tool'));
    await get();
    expect(builds).toBe(2);
  });

  it('keeps a copy with the same content and other times', async () => {
    utimesSync(join(await get(), 'sub/tool'), 1, 1);
    await get();
    expect(builds).toBe(1);
  });

  it('leaves nothing behind when the build fails, and builds the next time', async () => {
    const failing = get((folder) => {
      writeFileSync(join(folder, 'half'), 'x');
      return Promise.reject(new Error('no network'));
    });
    await expect(failing).rejects.toThrow('no network');
    expect(readdirSync(cache)).toEqual([]);
    await get();
    expect(builds).toBe(1);
  });

  it('throws away what a killed build left', async () => {
    mkdirSync(join(cache, 'tool-1.draft-dead'));
    mkdirSync(join(cache, 'tool-1'));
    await get();
    expect(readdirSync(cache)).toEqual(['tool-1']);
  });
});
