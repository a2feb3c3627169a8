import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../support/repository.js';
import { PROGRAMS, moduleVersion } from './cluster-programs.js';

const folder = join(repositoryRoot, 'test/clusters/tools');
const goMod = readFileSync(join(folder, 'go.mod'), 'utf8');

describe('the programs of the clusters', () => {
  it('are exactly the tools of go.mod', () => {
    const tools = /^tool \(\n([^)]*)\)/m.exec(goMod)?.[1]?.trim().split(/\s+/) ?? [];
    expect(tools.sort()).toEqual(Object.values(PROGRAMS).sort());
  });

  it('are of modules whose checksums are known, all of them', () => {
    const goSum = readFileSync(join(folder, 'go.sum'), 'utf8');
    for (const module of ['k8s.io/kubernetes', 'open-cluster-management.io/ocm', 'github.com/argoproj/argo-cd/v3'])
      expect(goSum).toContain(`${module} ${moduleVersion(goMod, module)} h1:`);
  });

  it('come with the libraries of the same Kubernetes', () => {
    const [, minorAndPatch] = /^v1\.(.+)$/.exec(moduleVersion(goMod, 'k8s.io/kubernetes')) ?? [];
    const replaced = [...goMod.matchAll(/^\t(k8s\.io\/\S+) => \1 (\S+)$/gm)].map(([, , version]) => version);
    expect(replaced.length).toBeGreaterThan(20);
    expect(new Set(replaced)).toEqual(new Set([`v0.${minorAndPatch}`]));
  });

  it('cannot be of a module that is not required', () => {
    expect(() => moduleVersion(goMod, 'example.org/nothing')).toThrow('go.mod requires no example.org/nothing');
  });
});
