import { inject } from 'vitest';
import { repositoryRoot } from '../../support/repository.js';
import { addedComponents } from '../clusters/added-components.js';
import { manifestJudge, type ManifestDocument, type ManifestJudge } from '../judge/judge.js';
import type { ManifestObject } from '../judge/finding.js';
import { strimziApiOf, type StrimziApi } from '../render/platforms.js';
import { appliedKustomizations, findKustomizations, render, type Kustomization } from '../render/kustomizations.js';

/** Where manifests are. */
const FOLDERS = ['gitops', 'policies'] as const;

/** Judges as a cluster of `gitops/versions.yaml` would, with one or the other version of Strimzi's API. */
export function judgeOfVersions(strimziApi: StrimziApi = 'v1'): ManifestJudge {
  const { check, definitions } = inject('manifestTools');
  return manifestJudge(check, definitions[strimziApi]);
}

/** Every kustomization of the repository. */
export function allKustomizations(): Kustomization[] {
  return findKustomizations(repositoryRoot, FOLDERS);
}

/**
 * The kustomizations that a cluster is given as they are: those that no other one includes. What is whole only with the
 * components that an Application adds is rendered with them in `clusters/`.
 */
export function rootKustomizations(): Kustomization[] {
  const incomplete = new Set(addedComponents(repositoryRoot).map(({ path }) => path));
  return appliedKustomizations(allKustomizations()).filter(({ folder }) => !incomplete.has(folder));
}

/** What kustomize makes of a folder of the repository. */
export async function renderFolder(folder: string): Promise<ManifestDocument> {
  const { signal } = new AbortController();
  return { name: folder, text: await render(inject('manifestTools').kustomize, repositoryRoot, folder, signal) };
}

/** The objects that a folder of the repository is rendered to. */
export async function objectsOf(folder: string): Promise<ManifestObject[]> {
  const judged = await judgeOfVersions(strimziApiOf(folder)).judge([await renderFolder(folder)]);
  return judged.map(({ object }) => object);
}
