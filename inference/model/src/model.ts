import type { ModelReference } from '@hilum/contracts';
import { examineFile, type ExamineOptions, type FileExamination, type LeftFile } from './examine-file.js';
import type { FileParts } from './file-parts.js';
import { openNetwork, type ModelOptions, type Network } from './network.js';
import { loadRelease, type LoadedRelease, type Release } from './release.js';

/** A verified release with its network: made once, used for every image. */
export interface Model extends Network {
  release: Release;
  reference: ModelReference;
  /**
   * Decodes and examines a file where the network is, as `examineFile` does.
   * @param file given away, not to be used afterwards
   */
  examineFile(file: FileParts, options: ExamineOptions): Promise<FileExamination | LeftFile>;
}

/**
 * A verified release that predicts in this thread.
 * @throws ReleaseError
 */
export async function loadModel(releaseDirectory: string, options: ModelOptions): Promise<Model> {
  const loaded = await loadRelease(releaseDirectory);
  return modelOf(loaded, await openNetwork(loaded, options));
}

/** A release with its network, which is in this thread. */
export function modelOf({ release, reference }: Pick<LoadedRelease, 'release' | 'reference'>, network: Network): Model {
  const looker = { release, ...network };
  return { ...looker, reference, examineFile: (file, asked) => examineFile(file, looker, asked) };
}
