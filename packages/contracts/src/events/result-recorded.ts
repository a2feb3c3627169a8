import { z } from 'zod';
import { decision, reason } from '../decision-rule.js';
import { siteName } from '../site-name.js';
import { hmacHex, inputDescription, modelReference, priority, sequence, timingsMs, utcTime } from './parts.js';

export const RESULT_RECORDED_TYPE = 'org.hilum.result.recorded.v1';

/**
 * What the hub learns of a scored image. Closed on purpose: a field that is not listed here cannot leave a site, and
 * every listed one is a number, a time, a closed code, a pseudonym or the model's own name.
 */
export const resultRecorded = z.strictObject({
  site: siteName,
  sequence,
  studyPseudonym: hmacHex,
  imagePseudonym: hmacHex,
  decision,
  probability: z.number().min(0).max(1).nullable(),
  reason: reason.nullable(),
  priority,
  model: modelReference,
  input: inputDescription,
  timingsMs,
  uploadedAt: utcTime,
  scoredAt: utcTime,
  /** event id of the result that this one replaces (another model scored the same image), else null */
  supersedes: hmacHex.nullable(),
});
export type ResultRecorded = z.infer<typeof resultRecorded>;
