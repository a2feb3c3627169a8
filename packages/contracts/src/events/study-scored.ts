import { z } from 'zod';
import { decision, reason } from '../decision-rule.js';
import { hmacHex, modelReference, priority, scoredInput, studyId, timingsMs, traceId, utcTime } from './parts.js';

export const STUDY_SCORED_TYPE = 'org.hilum.study.scored.v1';

/** The result object in the results bucket. It names the source object and so stays in the hospital. */
export const resultObject = z.strictObject({
  imageId: hmacHex,
  studyId,
  source: z.strictObject({
    bucket: z.string().min(1),
    key: z.string().min(1),
    versionId: z.string().min(1).nullable(),
    eTag: z.string().min(1),
    bytes: z.number().int().min(0),
    contentType: z.string().nullable(),
    /** of the image's bytes; null when they were not fetched whole (too large) */
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
  }),
  decision,
  probability: z.number().min(0).max(1).nullable(),
  reason: reason.nullable(),
  priority,
  model: modelReference,
  input: scoredInput,
  heatMapKey: z.string().min(1).nullable(),
  traceId,
  timingsMs,
  uploadedAt: utcTime,
  scoredAt: utcTime,
});
export type ResultObject = z.infer<typeof resultObject>;

/** Data of `org.hilum.study.scored.v1`: the result object and where it lies. */
export const studyScored = z.strictObject({ ...resultObject.shape, resultKey: z.string().min(1) });
export type StudyScored = z.infer<typeof studyScored>;

/** `<imageId>/<model digest>.json` in the results bucket. */
export function resultKeyOf(imageId: string, modelDigest: string): string {
  return `${resultPrefixOf(imageId)}${modelDigest}.json`;
}

/** Every outcome of one image lies below this prefix, whatever model it was scored by. */
export function resultPrefixOf(imageId: string): string {
  return `${imageId}/`;
}

export function heatMapKeyOf(imageId: string, modelDigest: string): string {
  return `${resultPrefixOf(imageId)}${modelDigest}.heatmap.png`;
}
