import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { modelReference, type ModelReference } from '@hilum/contracts';
import { z } from 'zod';
import { GATE_CLASSES } from './gate-rule.js';
import { ReleaseError } from './release-error.js';

/** The resampling kernels that sharp knows: https://sharp.pixelplumbing.com/api-resize */
export const KERNELS = [
  'nearest',
  'linear',
  'cubic',
  'mitchell',
  'lanczos2',
  'lanczos3',
  'mks2013',
  'mks2021',
] as const;

const positiveInt = z.number().int().positive();
const probability = z.number().min(0).max(1);
/** From one half on no two classes can both be said of an image. */
const operatingPoint = z.number().min(0.5).max(1);
/** Numbers about the model that nothing here computes with. */
const notes = z.record(z.string(), z.unknown());

/**
 * `release.json`, schema version 1: all that makes a score out of an image, beside the weights. What changes a score is
 * strict, so that a field this version does not know cannot be passed over in silence.
 */
export const releaseSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    name: modelReference.shape.name,
    version: modelReference.shape.version,
    model: z.strictObject({
      /** beside release.json; a path would let a release read elsewhere */
      file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be a plain file name'),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'),
      bytes: positiveInt,
    }),
    input: z.strictObject({
      name: z.string().min(1),
      width: positiveInt.max(4096),
      height: positiveInt.max(4096),
      channels: positiveInt.max(4),
      layout: z.literal('NCHW'),
    }),
    /** decoded grey → cropped → resized without keeping the aspect → (pixel · scale − mean[c]) / std[c] */
    preprocessing: z.strictObject({
      colour: z.literal('grey'),
      crop: z.enum(['none', 'centre-square']),
      fit: z.literal('fill'),
      kernel: z.enum(KERNELS),
      scale: z.number().positive(),
      mean: z.array(z.number()),
      std: z.array(z.number().positive()),
    }),
    outputs: z.strictObject({
      logits: z.string().min(1),
      /** class activation maps, one a label; null for a network that has none, whose results then have no heat map */
      cam: z.string().min(1).nullable(),
      /** logits of `gate.network.classes`; null, or not there, for a network that judges no input */
      gate: z.string().min(1).nullable().default(null),
      activation: z.literal('softmax'),
    }),
    labels: z.array(z.string().min(1)).min(2),
    /** the label whose probability is the score */
    positiveLabel: z.string().min(1),
    /** softmax((logits + bias at the positive label) / temperature) */
    calibration: z.strictObject({
      method: z.literal('temperature'),
      temperature: z.number().positive(),
      bias: z.number(),
    }),
    thresholds: z.strictObject({ review: probability, suspected: probability }),
    /** what an image must be for its score to be believed */
    gate: z.strictObject({
      minWidth: positiveInt,
      minHeight: positiveInt,
      /** of the grey image at input size, values 0..1 */
      minStd: probability,
      /** the greatest shares of burnt-out and of sunk pixels (see exposureOf); not there: exposure is not judged */
      exposure: z.strictObject({ maxWhite: probability, maxBlack: probability }).optional(),
      /** what `outputs.gate` says and from which probability on it counts */
      network: z
        .strictObject({
          classes: z.array(z.enum(GATE_CLASSES)),
          thresholds: z.strictObject({ notChest: operatingPoint, inverted: operatingPoint, rotated: operatingPoint }),
        })
        .optional(),
    }),
    reference: notes,
    metrics: notes,
    training: notes,
    attribution: z.string(),
  })
  .superRefine((release, context) => {
    const refuse = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (new Set(release.labels).size !== release.labels.length) refuse(['labels'], 'must not repeat a label');
    if (!release.labels.includes(release.positiveLabel)) refuse(['positiveLabel'], 'must be one of labels');
    for (const field of ['mean', 'std'] as const) {
      if (release.preprocessing[field].length !== release.input.channels)
        refuse(['preprocessing', field], `must have one number a channel (input.channels)`);
    }
    const { network } = release.gate;
    if (network !== undefined && new Set(network.classes).size !== network.classes.length)
      refuse(['gate', 'network', 'classes'], 'must not repeat a class');
    if (network !== undefined && !network.classes.includes('chest'))
      refuse(['gate', 'network', 'classes'], 'must have the class chest');
    if ((network === undefined) !== (release.outputs.gate === null))
      refuse(['gate', 'network'], 'must be there exactly when outputs.gate names an output');
    if (release.thresholds.review > release.thresholds.suspected)
      refuse(['thresholds', 'review'], 'must not be above thresholds.suspected');
  });
export type Release = z.infer<typeof releaseSchema>;

export interface LoadedRelease {
  release: Release;
  reference: ModelReference;
  /** the bytes that the digest was computed of; read once, so that nobody can swap the file between check and use */
  onnx: Buffer;
}

/**
 * Reads `release.json` and the weights it names and holds them against each other.
 * @throws ReleaseError when a file is missing, a field is wrong, or the weights are not those that were released
 */
export async function loadRelease(directory: string): Promise<LoadedRelease> {
  const text = await readReleaseFile(path.join(directory, 'release.json'));
  const release = parseRelease(text.toString('utf8'));
  const onnx = await readReleaseFile(path.join(directory, release.model.file));
  const sha256 = createHash('sha256').update(onnx).digest('hex');
  if (onnx.length !== release.model.bytes || sha256 !== release.model.sha256)
    throw new ReleaseError(
      'HILUM_RELEASE_DIGEST_MISMATCH',
      `${release.model.file} has ${onnx.length} bytes and sha256 ${sha256}, release.json names ` +
        `${release.model.bytes} bytes and ${release.model.sha256}: fetch the release again`,
    );
  const reference = { name: release.name, version: release.version, digest: `sha256:${sha256}` };
  return { release, reference, onnx };
}

/** @throws ReleaseError naming every wrong field */
export function parseRelease(text: string): Release {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ReleaseError('HILUM_RELEASE_INVALID', 'release.json is not JSON', { cause: error });
  }
  const parsed = releaseSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'release.json'}: ${issue.message}`);
  throw new ReleaseError('HILUM_RELEASE_INVALID', `release.json does not conform: ${problems.join('; ')}`);
}

async function readReleaseFile(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new ReleaseError(
      'HILUM_RELEASE_MISSING',
      `${file} cannot be read: the release directory must hold release.json and the ONNX file it names`,
      { cause: error },
    );
  }
}
