import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freeBytes, nearestExisting } from './disk-space.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-space-'));
  writeFileSync(join(folder, 'file'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('nearestExisting', () => {
  it('is the folder itself when it exists', () => expect(nearestExisting(folder)).toBe(folder));

  it('is the closest parent of a folder that is still to be made', () =>
    expect(nearestExisting(join(folder, 'a/b'))).toBe(folder));

  it('is the file when the path leads through one', () =>
    expect(nearestExisting(join(folder, 'file/data'))).toBe(join(folder, 'file')));
});

describe('freeBytes', () => {
  it('tells of the file system that a missing folder will be on', () => {
    const { blocks, bsize } = statfsSync(folder);
    const free = freeBytes(join(folder, 'a/b'));
    expect(free).toBeGreaterThan(0);
    expect(free).toBeLessThanOrEqual(blocks * bsize);
  });
});
