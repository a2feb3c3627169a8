import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError, changeFleetConfig, readFleetConfig, sitesToRun } from './fleet-config.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'hilum-config-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

describe('sitesToRun', () => {
  it('is two hospitals when nothing says otherwise', () => {
    expect(sitesToRun([], {})).toEqual(['st-agnes', 'riverside']);
  });

  it('is what the folder has when nothing says otherwise', () => {
    expect(sitesToRun(['north'], {})).toEqual(['north']);
  });

  it('fills up to the count and never drops a hospital', () => {
    expect(sitesToRun(['riverside'], { count: 3 })).toEqual(['riverside', 'st-agnes', 'site-3']);
    expect(sitesToRun(['a', 'b', 'c'], { count: 1 })).toEqual(['a', 'b', 'c']);
  });

  it('adds the named ones once', () => {
    expect(sitesToRun(['a'], { names: ['b', 'a', 'b'] })).toEqual(['a', 'b']);
  });

  it('refuses a name that cannot be', () => {
    expect(() => sitesToRun([], { names: ['hub'] })).toThrow(UsageError);
  });
});

describe('config.json', () => {
  it('is empty before the first start', () => {
    expect(readFleetConfig(dataDir)).toEqual({ version: 1, sites: [], ports: {} });
  });

  it('is written for its owner alone and read back', async () => {
    await changeFleetConfig(dataDir, (config) => ({ ...config, sites: ['a'], ports: { hub: 20_001 } }));
    expect(readFleetConfig(dataDir)).toEqual({ version: 1, sites: ['a'], ports: { hub: 20_001 } });
    expect(statSync(join(dataDir, 'config.json')).mode & 0o777).toBe(0o600);
  });

  it('is left as it was when a change fails', async () => {
    await changeFleetConfig(dataDir, (config) => ({ ...config, sites: ['a'] }));
    const before = readFileSync(join(dataDir, 'config.json'), 'utf8');
    const failing = changeFleetConfig(dataDir, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(readFileSync(join(dataDir, 'config.json'), 'utf8')).toBe(before);
    await changeFleetConfig(dataDir, (config) => ({ ...config, sites: ['a', 'b'] }));
    expect(readFleetConfig(dataDir).sites).toEqual(['a', 'b']);
  });

  it.each([
    ['no JSON', '{', 'is not JSON'],
    ['another version', '{"version":2,"sites":[],"ports":{}}', 'version'],
    ['a bad site name', '{"version":1,"sites":["Hub"],"ports":{}}', 'sites'],
    ['a bad port', '{"version":1,"sites":[],"ports":{"hub":0}}', 'ports'],
  ])('is refused with the file and the field named: %s', (_, text, named) => {
    writeFileSync(join(dataDir, 'config.json'), text);
    expect(() => readFleetConfig(dataDir)).toThrow(named);
    expect(() => readFleetConfig(dataDir)).toThrow(join(dataDir, 'config.json'));
  });
});
