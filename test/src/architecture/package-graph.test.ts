import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../support/repository.js';

type Manifest = { name: string; dependencies?: Record<string, string> };

const graph = readJson<Record<string, string[]>>('test/package-graph.json');
const folders = Object.keys(graph);
const manifests = new Map(folders.map((folder) => [folder, readJson<Manifest>(join(folder, 'package.json'))]));
const folderOf = new Map([...manifests].map(([folder, { name }]) => [name, folder]));

function readJson<Value>(path: string): Value {
  return JSON.parse(readFileSync(join(repositoryRoot, path), 'utf8')) as Value;
}

function ownDependencies(folder: string): string[] {
  return Object.keys(manifests.get(folder)?.dependencies ?? {})
    .filter((name) => name.startsWith('@hilum/'))
    .sort();
}

describe('the package graph', () => {
  it('covers every workspace', () => {
    const { workspaces } = readJson<{ workspaces: string[] }>('package.json');
    expect([...workspaces].sort()).toEqual([...folders].sort());
  });

  it.each(folders)('%s depends only on what the graph allows', (folder) => {
    const allowed = (graph[folder] ?? []).map((name) => `@hilum/${name}`);
    expect(ownDependencies(folder).filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it.each(folders.filter((folder) => folder !== 'hub/console'))(
    '%s references in tsconfig what it depends on',
    (folder) => {
      const { references = [] } = readJson<{ references?: { path: string }[] }>(join(folder, 'tsconfig.json'));
      const referenced = references.map(({ path }) => relative(repositoryRoot, resolve(repositoryRoot, folder, path)));
      const expected = ownDependencies(folder).map((name) => folderOf.get(name));
      expect(referenced.sort()).toEqual(expected.sort());
    },
  );

  it('has no cycle', () => {
    const visit = (folder: string, path: string[]): void => {
      expect(path, 'a cycle').not.toContain(folder);
      for (const name of ownDependencies(folder)) visit(folderOf.get(name) ?? name, [...path, folder]);
    };
    for (const folder of folders) visit(folder, []);
  });
});
