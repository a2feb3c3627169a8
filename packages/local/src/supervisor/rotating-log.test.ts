import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RotatingLog } from './rotating-log.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-log-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('RotatingLog', () => {
  it('keeps the newest lines in two files of bounded size, whatever is written', () => {
    const log = new RotatingLog(join(folder, 'a.log'), 100);
    for (let line = 0; line < 200; line += 1) log.write(`line ${String(line).padStart(4)}\n`);
    log.close();
    expect(readdirSync(folder).sort()).toEqual(['a.log', 'a.log.1']);
    const text = readFileSync(join(folder, 'a.log.1'), 'utf8') + readFileSync(join(folder, 'a.log'), 'utf8');
    expect(text.length).toBeLessThanOrEqual(220);
    expect(text.endsWith('line  199\n')).toBe(true);
  });

  it('goes on in the same file after a restart', () => {
    for (const text of ['one\n', 'two\n']) {
      const log = new RotatingLog(join(folder, 'a.log'));
      log.write(text);
      log.close();
    }
    expect(readFileSync(join(folder, 'a.log'), 'utf8')).toBe('one\ntwo\n');
  });

  it('begins a new file when somebody deleted the old one', () => {
    const log = new RotatingLog(join(folder, 'a.log'));
    log.write('one\n');
    rmSync(join(folder, 'a.log'));
    log.write('two\n');
    log.close();
    expect(readFileSync(join(folder, 'a.log'), 'utf8')).toBe('two\n');
  });
});
