import type { ModelReference } from '@hilum/contracts';
import { openNetwork, type ModelOptions, type Network } from './network.js';
import { loadRelease, type Release } from './release.js';

/** A verified release with its network: made once, used for every image. */
export interface Model extends Network {
  release: Release;
  reference: ModelReference;
}

/**
 * A verified release that predicts in this thread.
 * @throws ReleaseError
 */
export async function loadModel(releaseDirectory: string, options: ModelOptions): Promise<Model> {
  const { release, reference, onnx } = await loadRelease(releaseDirectory);
  return { release, reference, ...(await openNetwork({ release, onnx }, options)) };
}
