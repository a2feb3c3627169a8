import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderProblem } from './folder-problem.js';

let folder: string;
const problemOf = (dir: string): string | null => folderProblem('the data folder', dir, 'choose another --data');
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-folder-'));
  writeFileSync(join(folder, 'file'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('folderProblem', () => {
  it('has nothing against a folder that exists or can be made, and makes none', () => {
    expect(problemOf(folder)).toBeNull();
    expect(problemOf(join(folder, 'new/deeper'))).toBeNull();
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('refuses a file, and a path that leads through one', () => {
    const file = join(folder, 'file');
    expect(problemOf(file)).toBe(`the data folder ${file} cannot be used: it is a file; choose another --data`);
    expect(problemOf(join(file, 'data'))).toBe(
      `the data folder ${join(file, 'data')} cannot be used: ${file} is a file; choose another --data`,
    );
  });

  it('refuses a folder that this user may not write', () => {
    chmodSync(folder, 0o500);
    // root may write here all the same; the integration tests make a file system that refuses root as well
    const isRoot = process.getuid?.() === 0;
    const refusal = `the data folder ${folder} cannot be used: this user may not read and write ${folder}; choose another --data`;
    expect(problemOf(folder)).toBe(isRoot ? null : refusal);
    chmodSync(folder, 0o700);
  });
});
