import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postgresMajor } from '../parts/postgres-part.js';
import { keptDataProblems } from './kept-data.js';

const SITE = 'sites/st-agnes';
const META = '#\n#Wed Nov 25 22:00:00 UTC 2026\ncluster.id=abc\nnode.id=1\nversion=1\n';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hilum-kept-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function put(path: string, content: string): string {
  const file = join(dir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** A folder as a stopped fleet leaves it, as far as it is looked at. */
function putSite({ postgres = `${postgresMajor()}\n`, meta = META } = {}): void {
  put(`${SITE}/postgres/data/PG_VERSION`, postgres);
  put(`${SITE}/kafka/data/meta.properties`, meta);
  put(`secrets/${SITE}/postgres-super-password`, 'a\n');
  put(`secrets/${SITE}/site-key`, 'b\n');
}

describe('keptDataProblems', () => {
  it('has nothing against an empty folder, or one that this version made', () => {
    expect(keptDataProblems(dir, SITE)).toEqual([]);
    putSite();
    expect(keptDataProblems(dir, SITE)).toEqual([]);
  });

  it.each(['15', '99'])('says which PostgreSQL made the folder and which one is here (%s)', (made) => {
    putSite({ postgres: `${made}\n` });
    expect(keptDataProblems(dir, SITE)).toEqual([
      `${join(dir, SITE, 'postgres/data')} was made by PostgreSQL ${made}, and this Hilum runs PostgreSQL ${postgresMajor()}: use the Hilum that made it, or choose another --data`,
    ]);
  });

  it.each([
    ['another form', META.replace('version=1', 'version=0'), 'is a Kafka folder of form 0'],
    ['another node', META.replace('node.id=1', 'node.id=7'), 'is that of Kafka node 7'],
    ['nothing usable', '\0\0\0', 'is not a whole Kafka folder'],
  ])('refuses a Kafka folder of %s', (_, meta, expected) => {
    putSite({ meta });
    const [problem, ...others] = keptDataProblems(dir, SITE);
    expect(problem).toContain(`${join(dir, SITE, 'kafka/data')} ${expected}`);
    expect(problem).toContain('or choose another --data');
    expect(others).toEqual([]);
  });

  it('refuses folders that are not whole', () => {
    putSite();
    rmSync(join(dir, SITE, 'postgres/data/PG_VERSION'));
    rmSync(join(dir, SITE, 'kafka/data/meta.properties'));
    expect(keptDataProblems(dir, SITE)).toEqual([
      expect.stringContaining('is not a whole PostgreSQL folder'),
      expect.stringContaining('is not a whole Kafka folder'),
    ]);
  });

  it('misses the secrets without which the data cannot be used, and no other', () => {
    putSite();
    rmSync(join(dir, 'secrets'), { recursive: true });
    const [password, key, ...others] = keptDataProblems(dir, SITE);
    expect(password).toContain(`${join(dir, 'secrets', SITE, 'postgres-super-password')} is missing`);
    expect(key).toContain(`${join(dir, 'secrets', SITE, 'site-key')} is missing`);
    expect(others).toEqual([]);
  });

  it('says that the key is gone which the hub has signed its audit with, but not that it never had one', () => {
    put('hub/postgres/data/PG_VERSION', `${postgresMajor()}\n`);
    put('secrets/hub/postgres-super-password', 'a\n');
    expect(keptDataProblems(dir, 'hub')).toEqual([]);
    put('hub/store/data/hilum-audit/anchors/000000001.json', '{}');
    expect(keptDataProblems(dir, 'hub')).toEqual([
      expect.stringContaining(`${join(dir, 'secrets/hub/audit-key')} is missing`),
    ]);
  });

  it('refuses an empty secret, with or without data', () => {
    const file = put('secrets/hub/postgres-super-password', '\n');
    expect(keptDataProblems(dir, 'hub')).toEqual([`${file} is empty: put it back from a backup, or delete it`]);
    put('hub/postgres/data/PG_VERSION', `${postgresMajor()}\n`);
    expect(keptDataProblems(dir, 'hub')).toEqual([`${file} is empty: put it back from a backup`]);
  });
});
