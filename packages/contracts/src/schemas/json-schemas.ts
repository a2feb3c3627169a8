import { z } from 'zod';
import { AUDIT_RECORDED_TYPE, auditRecorded } from '../events/audit-recorded.js';
import { FEEDBACK_RECORDED_TYPE, feedbackRecorded } from '../events/feedback-recorded.js';
import { RESULT_RECORDED_TYPE, resultRecorded } from '../events/result-recorded.js';
import { SITE_HEARTBEAT_TYPE, siteHeartbeat } from '../events/site-heartbeat.js';
import { STUDY_SCORED_TYPE, resultObject, studyScored } from '../events/study-scored.js';

const sources: Record<string, z.ZodType> = {
  [STUDY_SCORED_TYPE]: studyScored,
  [RESULT_RECORDED_TYPE]: resultRecorded,
  [FEEDBACK_RECORDED_TYPE]: feedbackRecorded,
  [SITE_HEARTBEAT_TYPE]: siteHeartbeat,
  [AUDIT_RECORDED_TYPE]: auditRecorded,
  'org.hilum.result-object.v1': resultObject,
};

/** File name → text of each committed JSON Schema (draft 2020-12), generated from the zod schema that validates. */
export function jsonSchemaFiles(): Map<string, string> {
  return new Map(
    Object.entries(sources).map(([type, schema]) => {
      // urn:<namespace>:<name> (RFC 8141); validators refuse a schema whose $id is no URI
      const document = {
        $id: `urn:hilum:schema:${type}`,
        title: type,
        ...z.toJSONSchema(schema, { target: 'draft-2020-12' }),
      };
      return [`${type}.schema.json`, `${JSON.stringify(document, null, 2)}\n`];
    }),
  );
}

/** The folder of the committed schemas. */
export const SCHEMA_FOLDER = new URL('../../schemas/', import.meta.url);
