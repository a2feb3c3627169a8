import { cacheDir, processTerminal, withProgress } from '@hilum/local';
import type { TestProject } from 'vitest/node';
import { customResourceDefinitions } from '../definitions/definitions.js';
import { manifestPrograms } from '../programs/manifest-programs.js';
import type { StrimziApi } from '../render/platforms.js';
import { readVersions } from '../versions/versions.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** what renders and judges manifests */
    manifestTools: { kustomize: string; check: string; definitions: Record<StrimziApi, string> };
  }
}

/** Once for all files: what is built and fetched here is cached. */
export default async function prepareManifests(project: TestProject): Promise<void> {
  const { signal } = new AbortController();
  await withProgress(processTerminal(), async (report) => {
    const programs = await manifestPrograms(cacheDir(), report, signal);
    const versions = readVersions();
    const definitions = (strimziApi: StrimziApi): Promise<string> =>
      customResourceDefinitions({ versions, strimziApi, programs, cacheDir: cacheDir() }, report, signal);
    project.provide('manifestTools', {
      kustomize: programs.kustomize,
      check: programs.check,
      definitions: { v1: await definitions('v1'), v1beta2: await definitions('v1beta2') },
    });
  });
}
