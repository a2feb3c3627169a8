import type { z } from 'zod';
import { siteTopics, type HubBoundTopic } from '../topics.js';
import { AUDIT_RECORDED_TYPE, auditRecorded } from './audit-recorded.js';
import { FEEDBACK_RECORDED_TYPE, feedbackRecorded } from './feedback-recorded.js';
import { RESULT_RECORDED_TYPE, resultRecorded } from './result-recorded.js';
import { SITE_HEARTBEAT_TYPE, siteHeartbeat } from './site-heartbeat.js';

/** The one event type and closed schema of each topic that leaves a site. */
export const hubBoundEvents = {
  [siteTopics.results]: { type: RESULT_RECORDED_TYPE, schema: resultRecorded },
  [siteTopics.feedback]: { type: FEEDBACK_RECORDED_TYPE, schema: feedbackRecorded },
  [siteTopics.heartbeat]: { type: SITE_HEARTBEAT_TYPE, schema: siteHeartbeat },
  [siteTopics.audit]: { type: AUDIT_RECORDED_TYPE, schema: auditRecorded },
} as const satisfies Record<HubBoundTopic, { type: string; schema: z.ZodType }>;
