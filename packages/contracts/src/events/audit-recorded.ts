import { z } from 'zod';
import { siteName } from '../site-name.js';
import { hmacHex, sequence, utcTime } from './parts.js';

export const AUDIT_RECORDED_TYPE = 'org.hilum.audit.recorded.v1';

export const AUDIT_ACTIONS = [
  'session.opened',
  'session.refused',
  'studies.listed',
  'study.viewed',
  'study.uploaded',
] as const;

/** Who did what at a site, by role and pseudonym. */
export const auditRecorded = z.strictObject({
  site: siteName,
  sequence,
  actorRole: z.enum(['staff', 'hospital-it', 'anonymous']),
  actorPseudonym: hmacHex,
  action: z.enum(AUDIT_ACTIONS),
  subjectPseudonym: hmacHex.nullable(),
  at: utcTime,
});
export type AuditRecorded = z.infer<typeof auditRecorded>;
