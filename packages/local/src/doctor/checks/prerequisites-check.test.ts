import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PART_MANIFEST, partSources } from '../../../bin/lib/parts.mjs';
import { packageDir } from '../../parts/paths.js';
import { neededPrerequisites, prerequisitesFinding } from './prerequisites-check.js';

const java = { name: 'Java', least: '17', how: 'install Java' };
const go = { name: 'Go', least: '1.25', how: 'install Go' };

describe('prerequisites', () => {
  it('are those of a start: what fetches and builds is not among them once the cache has its parts', () => {
    const cache = mkdtempSync(join(tmpdir(), 'hilum-cache-'));
    try {
      const needed = () => neededPrerequisites({ HILUM_CACHE_DIR: cache }).map(({ name }) => name);
      expect(needed()).toEqual(expect.arrayContaining(['Node', 'Java', 'Maven', 'Go']));
      for (const { key } of Object.values(partSources(packageDir))) {
        mkdirSync(join(cache, key));
        writeFileSync(join(cache, key, PART_MANIFEST), '{}');
      }
      expect(needed()).toEqual(process.getuid?.() === 0 ? ['Node', 'Java', 'setpriv'] : ['Node', 'Java']);
    } finally {
      rmSync(cache, { recursive: true });
    }
  });

  it('that are there are told with their versions', () => {
    expect(
      prerequisitesFinding([
        { ...java, found: '17.0.2' },
        { ...go, found: '1.26' },
      ]),
    ).toMatchObject({
      state: 'ok',
      detail: 'Java 17.0.2, Go 1.26',
    });
  });

  it('that are missing or too old are failed, each with how to get it', () => {
    expect(
      prerequisitesFinding([
        { ...java, found: '11.0.2' },
        { ...go, found: undefined },
      ]),
    ).toEqual({
      state: 'failed',
      detail: 'Java 11.0.2 is too old, 17 or newer is needed; Go 1.25 or newer is missing',
      since: null,
      fix: 'install Java\ninstall Go',
    });
  });
});
