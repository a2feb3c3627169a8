import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takePlaces, type Replacement } from './take-place.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-place-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function replacement(name: string, { old, fresh }: { old: boolean; fresh: boolean }): Replacement {
  const place = join(folder, name);
  const result = { place, draft: `${place}.restoring`, aside: `${place}.replaced` };
  for (const [dir, content, wanted] of [
    [place, 'old', old],
    [result.draft, 'new', fresh],
  ] as const) {
    if (!wanted) continue;
    mkdirSync(dir);
    writeFileSync(join(dir, 'content'), content);
  }
  return result;
}
const content = (name: string): string => readFileSync(join(folder, name, 'content'), 'utf8');

describe('taking the place of data', () => {
  it('moves aside what is there', async () => {
    const [hub, site] = [
      replacement('hub', { old: true, fresh: true }),
      replacement('site', { old: false, fresh: true }),
    ];
    expect(await takePlaces([hub, site])).toEqual([hub.aside]);
    expect([content('hub'), content('hub.replaced'), content('site')]).toEqual(['new', 'old', 'new']);
    expect(readdirSync(folder).sort()).toEqual(['hub', 'hub.replaced', 'site']);
  });

  it('leaves everything as it was when a later one fails', async () => {
    const replacements = [
      replacement('hub', { old: true, fresh: true }),
      replacement('st-agnes', { old: false, fresh: true }),
      replacement('riverside', { old: true, fresh: false }),
    ];
    await expect(takePlaces(replacements)).rejects.toThrow(/ENOENT.*riverside\.restoring/);
    expect([content('hub'), content('riverside'), content('hub.restoring')]).toEqual(['old', 'old', 'new']);
    expect(readdirSync(folder).sort()).toEqual(['hub', 'hub.restoring', 'riverside', 'st-agnes.restoring']);
  });

  it('leaves everything as it was when what belongs to it fails', async () => {
    const hub = replacement('hub', { old: true, fresh: true });
    await expect(takePlaces([hub], () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');
    expect([content('hub'), existsSync(hub.aside)]).toEqual(['old', false]);
  });
});
