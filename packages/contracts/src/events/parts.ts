import { z } from 'zod';

/** ISO 8601 in UTC (`Z`), as all times in events and HTTP answers. */
export const utcTime = z.iso.datetime();
/** HMAC-SHA256 in lower-case hex. */
export const hmacHex = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
export const studyId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits');
export const traceId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits');
/** Per site, from 1 upwards, given when an event is made durable. */
export const sequence = z.number().int().min(1);

export const PRIORITIES = ['routine', 'urgent', 'stat'] as const;
/** Request priority as in HL7 FHIR request-priority, less `asap`. */
export const priority = z.enum(PRIORITIES);
export type Priority = z.infer<typeof priority>;

export const modelReference = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and hyphens'),
  version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]{1,32})?$/, 'must be a semantic version'),
  /** of the ONNX file, in OCI digest form */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hex digits'),
});
export type ModelReference = z.infer<typeof modelReference>;

export const IMAGE_KINDS = ['jpeg', 'png', 'tiff', 'webp', 'gif', 'unknown'] as const;

/** Of the grey image at the model's input size, pixel values 0..1; for drift, and far too coarse to show anybody. */
export const imageStats = z.strictObject({
  mean: z.number().min(0).max(1),
  std: z.number().min(0).max(1),
  min: z.number().min(0).max(1),
  max: z.number().min(0).max(1),
});

/** What was decoded; a field is null when decoding did not get that far. */
export const inputDescription = z.strictObject({
  kind: z.enum(IMAGE_KINDS),
  width: z.number().int().min(0).nullable(),
  height: z.number().int().min(0).nullable(),
  /** bits per channel */
  bits: z.number().int().min(1).max(64).nullable(),
  stats: imageStats.nullable(),
});
export type InputDescription = z.infer<typeof inputDescription>;

/** What was undone before the network saw the image, in this order; turns are clockwise, in degrees. */
export const CORRECTIONS = ['inverted', 'turned-90', 'turned-180', 'turned-270'] as const;
export type Correction = (typeof CORRECTIONS)[number];

/** The description that stays in the hospital: its score and heat map are of the corrected image. */
export const scoredInput = z.strictObject({
  ...inputDescription.shape,
  /** not there when nothing was */
  corrections: z.array(z.enum(CORRECTIONS)).min(1).optional(),
});
export type ScoredInput = z.infer<typeof scoredInput>;

const durationMs = z.number().min(0).nullable();

/** Where the time went, in milliseconds; null for a part that did not run (an unreadable image is not predicted). */
export const timingsMs = z.strictObject({
  /** object stored → notification in Kafka */
  notify: durationMs,
  /** notification in Kafka → scoring begins */
  queue: durationMs,
  fetch: durationMs,
  decode: durationMs,
  predict: durationMs,
  explain: durationMs,
  /** result object and heat map written; null in the result object itself, which is written before this is known */
  publish: durationMs,
});
export type TimingsMs = z.infer<typeof timingsMs>;
