import { z } from 'zod';
import { siteName } from '../site-name.js';
import { hmacHex, modelReference, sequence, utcTime } from './parts.js';

export const FEEDBACK_RECORDED_TYPE = 'org.hilum.feedback.recorded.v1';

export const FEEDBACK_LABELS = ['normal', 'pneumonia', 'other-finding', 'not-assessable'] as const;
export const FEEDBACK_REASONS = ['missed', 'overcalled', 'image-quality', 'other'] as const;

/** What a reader at the site thought of a score. Codes only: free text could name the patient. */
export const feedbackRecorded = z.strictObject({
  site: siteName,
  sequence,
  studyPseudonym: hmacHex,
  modelDigest: modelReference.shape.digest,
  verdict: z.enum(['agree', 'disagree']),
  label: z.enum(FEEDBACK_LABELS).nullable(),
  reasonCode: z.enum(FEEDBACK_REASONS).nullable(),
  at: utcTime,
});
export type FeedbackRecorded = z.infer<typeof feedbackRecorded>;
