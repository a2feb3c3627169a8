import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../support/repository.js';
import { addedComponents, addsComponent } from './clusters/added-components.js';
import { reportOf } from './judge/finding.js';
import { strimziApiOf } from './render/platforms.js';
import { allKustomizations, judgeOfVersions, renderFolder, rootKustomizations } from './testing/manifests.js';

describe('the manifests', () => {
  const roots = rootKustomizations();

  it('are there', () => {
    expect(roots).not.toEqual([]);
  });

  it.each(roots.map(({ folder }) => folder))('of %s are what a cluster takes', async (folder) => {
    const judged = await judgeOfVersions(strimziApiOf(folder)).judge([await renderFolder(folder)]);
    expect(judged).not.toEqual([]);
    expect(reportOf(judged)).toEqual([]);
  });

  it('use every component', () => {
    const all = allKustomizations();
    const included = new Set(all.flatMap(({ includes }) => includes));
    const added = addedComponents(repositoryRoot);
    const unused = all.filter(
      ({ folder, isComponent }) => isComponent && !included.has(folder) && !addsComponent(added, folder),
    );
    expect(unused.map(({ folder }) => folder)).toEqual([]);
  });
});
