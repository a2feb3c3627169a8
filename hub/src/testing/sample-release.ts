import { parseRelease, type KnownRelease } from '../releases/known-release.js';
import { sampleModel } from './sample-events.js';

/**
 * A release.json of the sample model, with a reference of 500 images: half of the probabilities below 0.1, half above
 * 0.9, image means spread evenly over 0.4..0.6 and standard deviations over 0.15..0.25.
 */
export function sampleReleaseFile(change: Record<string, unknown> = {}) {
  const even = (from: number, to: number): number[] =>
    Array.from({ length: 101 }, (_, index) => from + ((to - from) * index) / 100);
  return {
    schemaVersion: 1,
    name: sampleModel.name,
    version: sampleModel.version,
    model: { file: 'model.onnx', sha256: sampleModel.digest.slice('sha256:'.length), bytes: 12 },
    thresholds: { review: 0.4, suspected: 0.8 },
    reference: {
      probabilityHistogram: {
        edges: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
        counts: [250, 0, 0, 0, 0, 0, 0, 0, 0, 250],
      },
      imageStats: { mean: { mean: 0.5, std: 0.06 }, std: { mean: 0.2, std: 0.03 } },
      quantiles: {
        probability: [...even(0, 0.1).slice(0, 51), ...even(0.9, 1).slice(51)],
        imageMean: even(0.4, 0.6),
        imageStd: even(0.15, 0.25),
      },
      images: 500,
    },
    metrics: { validation: { auc: { value: 0.99, low: 0.98, high: 1 } } },
    ...change,
  };
}

/** The same as the hub knows it. */
export function sampleRelease(change: Record<string, unknown> = {}): KnownRelease {
  const parsed = parseRelease(JSON.stringify(sampleReleaseFile(change)));
  if (parsed.kind === 'refused') throw new Error(parsed.detail);
  return parsed.release;
}
