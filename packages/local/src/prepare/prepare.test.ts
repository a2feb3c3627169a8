import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lock, lockHolder, tryLock } from '../../bin/lib/file-lock.mjs';
import { PART_MANIFEST, absentParts, partSources, type PartName } from '../../bin/lib/parts.mjs';
import {
  isAtLeast,
  leastPrerequisites,
  missingPrerequisites,
  prerequisitesFor,
  type Prerequisite,
} from '../../bin/lib/prerequisites.mjs';
import { filesBelow, stampOf } from '../../bin/lib/source-stamp.mjs';
import { bundleService, compile, installDependencies } from '../../bin/prepare.mjs';
import { packageDir } from '../parts/paths.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hilum-prepare-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('prerequisites', () => {
  it.each([
    ['20.20.0', '20.20', true],
    ['20.19.9', '20.20', false],
    ['22.1', '20.20', true],
    ['17.0.15', '17', true],
    ['1.8.0_392', '17', false],
    ['1.26.8', '1.25', true],
    ['1.9', '1.25', false],
  ])('compares %s with %s by numbers', (version, least, expected) => {
    expect(isAtLeast(version, least)).toBe(expected);
  });

  it('reports everything that is missing or too old together, with how to get it', async () => {
    const list: Prerequisite[] = [
      { name: 'A', neededFor: 'all', least: '1', version: () => Promise.resolve('1.5'), how: 'get A' },
      { name: 'B', neededFor: 'all', least: '2', version: () => Promise.resolve('1.9'), how: 'get B' },
      { name: 'C', neededFor: 'all', least: '3', version: () => Promise.reject(new Error('ENOENT')), how: 'get C' },
    ];
    expect(await missingPrerequisites(list)).toEqual([
      'B 1.9 is too old, 2 or newer is needed: get B',
      'C 3 or newer is missing: get C',
    ]);
  });
});

describe('what is needed for a start', () => {
  const names = (parts: readonly PartName[]): string[] =>
    prerequisitesFor(parts)
      .map(({ name }) => name)
      .filter((name) => name !== 'setpriv');

  it('is Maven and Go only when the cache lacks what they bring', () => {
    expect(names([])).toEqual(['Node', 'Java']);
    expect(names(['kafka'])).toEqual(['Node', 'Java', 'Maven']);
    expect(names(['store'])).toEqual(['Node', 'Java', 'Go']);
    expect(leastPrerequisites.map(({ name }) => name)).toEqual(['Node']);
  });

  it('is told by the cache: a part is there once its manifest is', () => {
    const { kafka, store } = partSources(packageDir);
    expect(absentParts(packageDir, dir)).toEqual(['kafka', 'store']);
    for (const { key } of [kafka, store]) mkdirSync(join(dir, key));
    writeFileSync(join(dir, store.key, PART_MANIFEST), '{}');
    expect(absentParts(packageDir, dir)).toEqual(['kafka']);
  });
});

describe('file lock', () => {
  const path = (): string => join(dir, 'a.lock');

  it('is held by one at a time and free after its release', () => {
    const first = tryLock(path());
    expect('release' in first).toBe(true);
    expect(tryLock(path())).toEqual({ heldBy: expect.objectContaining({ pid: process.pid }) as unknown });
    if ('release' in first) first.release();
    expect(lockHolder(path())).toBeNull();
    expect('release' in tryLock(path())).toBe(true);
  });

  it('is taken over when the pid in it is now another process', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const pid = child.pid ?? 0;
    writeFileSync(path(), JSON.stringify({ pid, startTime: 'of somebody else' }));
    expect('release' in tryLock(path())).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('lets a waiter in as soon as it is released, having told it whom it waits for', async () => {
    const first = tryLock(path());
    let waitedFor: number | null = null;
    const second = lock(path(), {
      pollMs: 5,
      onWait: ({ pid }) => {
        waitedFor = pid;
        if ('release' in first) first.release();
      },
    });
    (await second).release();
    expect(waitedFor).toBe(process.pid);
  });

  it('lets exactly one of many processes in at a time', async () => {
    const script = `
      const { lock } = await import(${JSON.stringify(new URL('../../bin/lib/file-lock.mjs', import.meta.url).href)});
      const { readFileSync, writeFileSync } = await import('node:fs');
      const file = ${JSON.stringify(join(dir, 'count'))};
      for (let i = 0; i < 10; i += 1) {
        const held = await lock(${JSON.stringify(path())}, { pollMs: 1 });
        writeFileSync(file, String(Number(readFileSync(file, 'utf8')) + 1));
        held.release();
      }`;
    writeFileSync(join(dir, 'count'), '0');
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['--input-type=module', '-e', script]));
    await Promise.all(children.map((child) => once(child, 'exit')));
    expect(readFileSync(join(dir, 'count'), 'utf8')).toBe('40');
  });
});

describe('source stamp', () => {
  it('changes when a file changes, appears or goes, and not for build output', () => {
    mkdirSync(join(dir, 'src'));
    mkdirSync(join(dir, 'dist'));
    const stamp = (): string => stampOf(filesBelow([dir]));
    writeFileSync(join(dir, 'src/a.ts'), 'a');
    const first = stamp();
    writeFileSync(join(dir, 'dist/a.js'), 'a');
    expect(stamp()).toBe(first);
    utimesSync(join(dir, 'src/a.ts'), 5, 5);
    const second = stamp();
    expect(second).not.toBe(first);
    writeFileSync(join(dir, 'src/b.ts'), 'b');
    expect(stamp()).not.toBe(second);
    rmSync(join(dir, 'src/b.ts'));
    expect(stamp()).toBe(second);
  });
});

describe('prepare', () => {
  const packages = {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'x' },
    'node_modules/o': { optional: true },
  };

  it('does not install again what npm install already brought to what the lock file says', async () => {
    writeFileSync(join(dir, 'package-lock.json'), JSON.stringify({ packages }));
    mkdirSync(join(dir, 'node_modules'));
    const { 'node_modules/a': a } = packages;
    writeFileSync(join(dir, 'node_modules/.package-lock.json'), JSON.stringify({ packages: { 'node_modules/a': a } }));
    const lines: string[] = [];
    await installDependencies(dir, (line) => lines.push(line));
    expect(lines).toEqual([]);
    expect(readFileSync(join(dir, 'node_modules/.hilum-lock-hash'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('installs when the lock file asks for another version, and says what went wrong', async () => {
    // Not a lock file npm can use: enough to see that it was asked.
    writeFileSync(join(dir, 'package-lock.json'), JSON.stringify({ packages }));
    const lines: string[] = [];
    await expect(installDependencies(dir, (line) => lines.push(line))).rejects.toThrow('npm ci');
    expect(lines).toEqual(['installing dependencies (npm ci) …']);
  });

  it('shows what the compiler says when it fails, and compiles again the next time', async () => {
    const compiler = join(dir, 'node_modules/typescript/bin/tsc');
    mkdirSync(join(dir, 'node_modules/typescript/bin'), { recursive: true });
    mkdirSync(join(dir, 'one/dist'), { recursive: true });
    for (const file of ['one/tsconfig.json', 'one/dist/.tsbuildinfo']) writeFileSync(join(dir, file), '{}');
    writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ references: [{ path: 'one' }] }));
    writeFileSync(compiler, 'console.log("a.ts(1,1): error"); process.exit(2);');
    await expect(compile(dir, () => undefined)).rejects.toThrow('a.ts(1,1): error');
    writeFileSync(compiler, 'process.exit(0);');
    const lines: string[] = [];
    await compile(dir, (line) => lines.push(line));
    expect(lines).toHaveLength(2);
    await compile(dir, (line) => lines.push(line));
    expect(lines).toHaveLength(2);
  });

  it('bundles the scoring service again once the compiler has made something else of it, or the bundle is gone', async () => {
    const compiled = join(dir, 'inference/model/dist/model.js');
    for (const folder of ['inference/model/dist', 'inference/service'])
      mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(compiled, '1');
    const script = join(dir, 'inference/service/bundle.mjs');
    writeFileSync(
      script,
      `import { mkdirSync, writeFileSync } from 'node:fs';
       mkdirSync('inference/service/bundle', { recursive: true });
       writeFileSync('inference/service/bundle/inference-process.js', '');`,
    );
    const lines: string[] = [];
    const linesAfterNext = async (): Promise<number> => {
      await bundleService(dir, (line) => lines.push(line));
      return lines.length;
    };
    expect(await linesAfterNext()).toBe(2);
    expect(await linesAfterNext()).toBe(2);
    writeFileSync(compiled, 'other');
    expect(await linesAfterNext()).toBe(4);
    rmSync(join(dir, 'inference/service/bundle'), { recursive: true });
    expect(await linesAfterNext()).toBe(6);
    expect(await linesAfterNext()).toBe(6);
  });
});
