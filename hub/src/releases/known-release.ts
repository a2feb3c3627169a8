import { modelReference } from '@hilum/contracts';
import { z } from 'zod';

const probability = z.number().min(0).max(1);

function isAscending(values: readonly number[]): boolean {
  return values.every((value, index) => value >= (values[index - 1] ?? value));
}

const quantiles = z
  .array(z.number())
  .min(2, 'must be at least two numbers')
  .refine(isAscending, 'must ascend from the least to the greatest');

const histogram = z
  .object({
    edges: z.array(probability).min(3, 'must have at least three edges'),
    counts: z.array(z.number().int().min(0)),
  })
  .superRefine(({ edges, counts }, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if (!edges.every((edge, index) => index === 0 || edge > (edges[index - 1] ?? edge)))
      refuse('edges', 'must ascend, none twice');
    if (edges[0] !== 0 || edges.at(-1) !== 1) refuse('edges', 'must begin with 0 and end with 1');
    if (counts.length !== edges.length - 1) refuse('counts', 'must be one fewer than edges');
    if (!counts.some((count) => count > 0)) refuse('counts', 'must count at least one image');
  });

const momentsOf = z.object({ mean: z.number(), std: z.number().min(0) });

/** What the model gave for the images that it was validated on; each part may be absent. */
const reference = z
  .object({
    probabilityHistogram: histogram.optional(),
    imageStats: z.object({ mean: momentsOf, std: momentsOf }).optional(),
    quantiles: z.object({ probability: quantiles, imageMean: quantiles, imageStd: quantiles }).optional(),
    images: z.number().int().min(2).optional(),
  })
  .superRefine((parts, context) => {
    if (parts.quantiles !== undefined && parts.images === undefined)
      context.addIssue({ code: 'custom', path: ['images'], message: 'is required beside quantiles' });
  });

/**
 * What the hub reads of a `release.json`, schema version 1. Not strict: the rest decides how an image is scored, which is
 * the sites' business, and a release that scores must not be unknown here for a field that this version does not know.
 */
const releaseFile = z.object({
  schemaVersion: z.literal(1),
  name: modelReference.shape.name,
  version: modelReference.shape.version,
  model: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits') }),
  thresholds: z
    .object({ review: probability, suspected: probability })
    .refine(({ review, suspected }) => review <= suspected, 'review must not be above suspected'),
  reference: reference.optional(),
  metrics: z.record(z.string(), z.unknown()),
});

/** What the model gave for its validation images, as far as the release tells. */
export interface ReleaseReference {
  probabilityHistogram: { edges: number[]; counts: number[] } | null;
  /** of each image's mean pixel and standard deviation of pixels (0..1): mean and standard deviation over images */
  imageStats: { mean: { mean: number; std: number }; std: { mean: number; std: number } } | null;
  quantiles: { probability: number[]; imageMean: number[]; imageStd: number[] } | null;
  /** how many images the quantiles are of */
  images: number | null;
}

/** A model release as the hub knows it: numbers about it, never its weights. */
export interface KnownRelease {
  name: string;
  version: string;
  /** of the weights, in OCI digest form; by it results name their model */
  digest: string;
  thresholds: { review: number; suspected: number };
  /** as the release states them */
  metrics: Record<string, unknown>;
  reference: ReleaseReference | null;
}

export type ParsedRelease = { kind: 'release'; release: KnownRelease } | { kind: 'refused'; detail: string };

/** @returns refused with every wrong field and what it must be */
export function parseRelease(text: string): ParsedRelease {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'refused', detail: 'is not JSON' };
  }
  const parsed = releaseFile.safeParse(json);
  if (!parsed.success)
    return {
      kind: 'refused',
      detail: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`).join('; '),
    };
  const { name, version, model, thresholds, metrics } = parsed.data;
  const parts = parsed.data.reference;
  return {
    kind: 'release',
    release: {
      name,
      version,
      digest: `sha256:${model.sha256}`,
      thresholds,
      metrics,
      reference:
        parts === undefined
          ? null
          : {
              probabilityHistogram: parts.probabilityHistogram ?? null,
              imageStats: parts.imageStats ?? null,
              quantiles: parts.quantiles ?? null,
              images: parts.images ?? null,
            },
    },
  };
}
