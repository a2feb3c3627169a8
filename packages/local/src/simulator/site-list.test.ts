import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SiteList } from './site-list.js';

function stateWith(names: string[], port = 1000): string {
  const sites = names.map((name) => ({
    name,
    url: `http://127.0.0.1:${port}`,
    tokens: { staff: `${name}-token`, 'hospital-it': 'other' },
    kafka: 'ignored:1',
    s3: {
      endpoint: 'http://127.0.0.1:1001',
      region: 'us-east-1',
      accessKeyId: 'a',
      secretAccessKey: 'planted-secret',
      intakeBucket: 'xray-intake',
      resultsBucket: 'xray-results',
    },
  }));
  return JSON.stringify({ version: 1, hub: { url: 'ignored' }, sites, processes: [] });
}

describe('the site list', () => {
  let folder: string;
  let path: string;
  let problems: string[];
  let list: SiteList;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hilum-site-list-'));
    path = join(folder, 'state.json');
    problems = [];
    list = new SiteList(path, (problem) => problems.push(problem));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function replaceBy(text: string): void {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  it('reads name, address, token and store of each site', () => {
    writeFileSync(path, stateWith(['st-agnes', 'riverside']));

    expect(list.current().map(({ name }) => name)).toEqual(['st-agnes', 'riverside']);
    expect(list.find('riverside')).toMatchObject({ url: 'http://127.0.0.1:1000', staffToken: 'riverside-token' });
    expect(list.find('nowhere')).toBeUndefined();
  });

  it('sees a site added and an address changed when the file is replaced', () => {
    writeFileSync(path, stateWith(['st-agnes']));
    expect(list.current()).toHaveLength(1);
    replaceBy(stateWith(['st-agnes', 'site-3'], 2000));

    expect(list.find('site-3')).toBeDefined();
    expect(list.find('st-agnes')?.url).toBe('http://127.0.0.1:2000');
  });

  it('keeps to the last usable list when the file is broken or gone, and tells each once', () => {
    writeFileSync(path, stateWith(['st-agnes']));
    list.current();
    replaceBy('{"sites": [{"name": "planted-secret"');
    expect(list.current()).toHaveLength(1);
    expect(list.current()).toHaveLength(1);
    replaceBy('{"sites": [{"name": "planted-secret"}]}');
    expect(list.current()).toHaveLength(1);
    rmSync(path);
    expect(list.current()).toHaveLength(1);

    expect(problems).toHaveLength(3);
    expect(problems[0]).toBe('the file is not JSON');
    expect(problems[1]).toContain('sites.0.url');
    expect(problems[2]).toBe('ENOENT');
    expect(problems.join()).not.toContain('planted-secret');
  });

  it('is empty, and says so once, before the file exists', () => {
    expect(list.current()).toEqual([]);
    expect(list.current()).toEqual([]);
    expect(problems).toEqual(['ENOENT']);
  });
});
