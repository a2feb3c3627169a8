import { createHash } from 'node:crypto';
import {
  AUDIT_RECORDED_TYPE,
  FEEDBACK_RECORDED_TYPE,
  RESULT_RECORDED_TYPE,
  SITE_HEARTBEAT_TYPE,
  encodeKafkaEvent,
  mirroredTopic,
  siteTopics,
  sourceOf,
  type AuditRecorded,
  type FeedbackRecorded,
  type HubBoundTopic,
  type ResultRecorded,
  type SiteHeartbeat,
} from '@hilum/contracts';
import type { ReceivedMessage } from '@hilum/runtime';

/** 64 hex digits, the same for the same text: stands for an HMAC of a site's key. */
export function hex64(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export const sampleModel = { name: 'cxr-triage', version: '1.0.0', digest: `sha256:${hex64('weights')}` };

export function sampleResult(site: string, sequence: number, change: Partial<ResultRecorded> = {}): ResultRecorded {
  return {
    site,
    sequence,
    studyPseudonym: hex64(`study ${site} ${sequence}`),
    imagePseudonym: hex64(`image ${site} ${sequence}`),
    decision: 'normal',
    probability: 0.04,
    reason: null,
    priority: 'routine',
    model: sampleModel,
    input: {
      kind: 'jpeg',
      width: 1800,
      height: 1400,
      bits: 8,
      stats: { mean: 0.5, std: 0.2, min: 0, max: 1 },
    },
    timingsMs: { notify: 12, queue: 5, fetch: 9, decode: 14, predict: 22, explain: null, publish: 8 },
    uploadedAt: '2026-05-04T12:00:00.000Z',
    scoredAt: '2026-05-04T12:00:00.250Z',
    supersedes: null,
    ...change,
  };
}

export function sampleHeartbeat(site: string, sequence: number, change: Partial<SiteHeartbeat> = {}): SiteHeartbeat {
  return {
    site,
    sequence,
    at: '2026-05-04T12:00:00.000Z',
    backlog: 2,
    oldestUnscoredAgeSeconds: 1.5,
    deadLetters: 0,
    outboxPending: 0,
    scored: sequence,
    unreadable: 0,
    latencyBuckets: [{ leMs: 1000, count: sequence }],
    model: sampleModel,
    appVersion: '0.1.0',
    status: { store: 'up', kafka: 'up', database: 'up', inference: 'up' },
    ...change,
  };
}

export function sampleFeedback(
  site: string,
  sequence: number,
  change: Partial<FeedbackRecorded> = {},
): FeedbackRecorded {
  return {
    site,
    sequence,
    studyPseudonym: hex64(`study ${site} ${sequence}`),
    modelDigest: sampleModel.digest,
    verdict: 'disagree',
    label: 'pneumonia',
    reasonCode: 'missed',
    at: '2026-05-04T12:30:00.000Z',
    ...change,
  };
}

export function sampleAudit(site: string, sequence: number): AuditRecorded {
  return {
    site,
    sequence,
    actorRole: 'staff',
    actorPseudonym: hex64(`actor ${site}`),
    action: 'study.viewed',
    subjectPseudonym: null,
    at: '2026-05-04T12:31:00.000Z',
  };
}

const TYPES: Record<HubBoundTopic, string> = {
  [siteTopics.results]: RESULT_RECORDED_TYPE,
  [siteTopics.feedback]: FEEDBACK_RECORDED_TYPE,
  [siteTopics.heartbeat]: SITE_HEARTBEAT_TYPE,
  [siteTopics.audit]: AUDIT_RECORDED_TYPE,
};

/**
 * A record as the hub's consumer receives it. Its place in the topic follows from its id, so that the same event is the
 * same record.
 */
export function sampleMessage(
  topic: HubBoundTopic,
  data: { site: string; sequence: number },
  change: { id?: string; source?: string; subject?: string; topicSite?: string; value?: string; offset?: number } = {},
): ReceivedMessage {
  const { headers, value } = encodeKafkaEvent({
    id: change.id ?? hex64(`${topic} ${data.site} ${data.sequence}`),
    source: change.source ?? sourceOf(data.site, 'relay'),
    type: TYPES[topic],
    time: '2026-05-04T12:00:01Z',
    subject: change.subject ?? data.site,
    trace: { traceId: hex64(`trace ${data.sequence}`).slice(0, 32), spanId: '00f067aa0ba902b7', sampled: true },
    data,
  });
  return {
    topic: mirroredTopic(change.topicSite ?? data.site, topic),
    partition: 0,
    offset: String(change.offset ?? data.sequence),
    key: Buffer.from(data.site),
    value: Buffer.from(change.value ?? value),
    headers,
    timestampMs: Date.UTC(2026, 4, 4, 12),
  };
}
