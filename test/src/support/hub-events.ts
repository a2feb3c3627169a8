import { createHash } from 'node:crypto';
import {
  AUDIT_RECORDED_TYPE,
  FEEDBACK_RECORDED_TYPE,
  HUB_BOUND_TOPICS,
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
import type { Kafka, Message } from 'kafkajs';
import { withAdmin } from './kafka-access.js';
import { until } from './until.js';

/** Topics that are made by one request, and messages that are sent by one. */
const TOPICS_AT_ONCE = 200;
const MESSAGES_AT_ONCE = 10_000;
const TOPICS_DEADLINE_MS = 600_000;

const DECISIONS = ['normal', 'normal', 'normal', 'review', 'pneumonia-suspected'] as const;
const MODEL = { name: 'hilum-pneumonia', version: '0.1.0', digest: `sha256:${hex64('weights')}` };

export interface HubEvent {
  topic: string;
  message: Message;
}

function hex64(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** One site's result as its relay would publish it; the same arguments give the same event. */
export function resultEvent(site: string, sequence: number, scoredAt: number): HubEvent {
  // spread over two decades, as latencies are
  const latencyMs = 90 + ((sequence * 7919) % 97) ** 2;
  const decision = DECISIONS[sequence % DECISIONS.length] ?? 'normal';
  const data: ResultRecorded = {
    site,
    sequence,
    studyPseudonym: hex64(`study ${site} ${sequence}`),
    imagePseudonym: hex64(`image ${site} ${sequence}`),
    decision,
    probability: decision === 'pneumonia-suspected' ? 0.91 : 0.08,
    reason: null,
    priority: 'routine',
    model: MODEL,
    input: { kind: 'jpeg', width: 1800, height: 1400, bits: 8, stats: { mean: 0.512, std: 0.221, min: 0, max: 1 } },
    timingsMs: { notify: 12.4, queue: 5.1, fetch: 9.3, decode: 14.2, predict: 22.8, explain: 48.9, publish: 8.7 },
    uploadedAt: new Date(scoredAt - latencyMs).toISOString(),
    scoredAt: new Date(scoredAt).toISOString(),
    supersedes: null,
  };
  return eventOf(siteTopics.results, RESULT_RECORDED_TYPE, data, data.scoredAt, data.studyPseudonym);
}

export function heartbeatEvent(site: string, sequence: number, at: number): HubEvent {
  const data: SiteHeartbeat = {
    site,
    sequence,
    at: new Date(at).toISOString(),
    backlog: 2,
    oldestUnscoredAgeSeconds: 1.5,
    deadLetters: 0,
    outboxPending: 0,
    scored: sequence,
    unreadable: 0,
    latencyBuckets: [
      { leMs: 100, count: 0 },
      { leMs: 1000, count: sequence },
      { leMs: null, count: sequence },
    ],
    model: MODEL,
    appVersion: '0.1.0',
    status: { store: 'up', kafka: 'up', database: 'up', inference: 'up' },
  };
  return eventOf(siteTopics.heartbeat, SITE_HEARTBEAT_TYPE, data, data.at, site);
}

export function feedbackEvent(site: string, sequence: number, at: number): HubEvent {
  const data: FeedbackRecorded = {
    site,
    sequence,
    studyPseudonym: hex64(`study ${site} ${sequence}`),
    modelDigest: MODEL.digest,
    verdict: 'agree',
    label: null,
    reasonCode: null,
    at: new Date(at).toISOString(),
  };
  return eventOf(siteTopics.feedback, FEEDBACK_RECORDED_TYPE, data, data.at, data.studyPseudonym);
}

export function auditEvent(site: string, sequence: number, at: number): HubEvent {
  const data: AuditRecorded = {
    site,
    sequence,
    actorRole: 'staff',
    actorPseudonym: hex64(`actor ${site}`),
    action: 'study.viewed',
    subjectPseudonym: null,
    at: new Date(at).toISOString(),
  };
  return eventOf(siteTopics.audit, AUDIT_RECORDED_TYPE, data, data.at, site);
}

function eventOf(
  topic: HubBoundTopic,
  type: string,
  data: { site: string; sequence: number },
  time: string,
  key: string,
): HubEvent {
  const { headers, value } = encodeKafkaEvent({
    id: hex64(`${topic} ${data.site} ${topic === siteTopics.heartbeat ? time : data.sequence}`),
    source: sourceOf(data.site, 'relay'),
    type,
    time,
    subject: key,
    trace: {
      traceId: hex64(`trace ${data.site} ${data.sequence}`).slice(0, 32),
      spanId: '00f067aa0ba902b7',
      sampled: true,
    },
    data,
  });
  return { topic: mirroredTopic(data.site, topic), message: { key, headers, value } };
}

/** All that happens at a site in a while: results and heartbeats at even intervals, in the order of their times. */
export function* siteEvents(
  site: string,
  options: { from: number; until: number; resultEveryMs: number; heartbeatEveryMs: number },
): Generator<HubEvent> {
  const { from, until, resultEveryMs, heartbeatEveryMs } = options;
  let sequence = 0;
  for (let at = from; at < until; at += heartbeatEveryMs) {
    for (; from + sequence * resultEveryMs <= at; sequence += 1)
      yield resultEvent(site, sequence + 1, from + sequence * resultEveryMs);
    yield heartbeatEvent(site, sequence, at);
  }
}

/** Makes the topics that the hub has of each site, or some of them. */
export async function makeSiteTopics(
  kafka: Kafka,
  sites: readonly string[],
  topics: readonly HubBoundTopic[] = HUB_BOUND_TOPICS,
): Promise<void> {
  const names = sites.flatMap((site) => topics.map((topic) => mirroredTopic(site, topic)));
  await withAdmin(kafka, async (admin) => {
    for (let index = 0; index < names.length; index += TOPICS_AT_ONCE)
      await admin.createTopics({
        timeout: 60_000,
        // asked below, for all of them together
        waitForLeaders: false,
        topics: names.slice(index, index + TOPICS_AT_ONCE).map((topic) => ({ topic, numPartitions: 1 })),
      });
    await until(
      'all topics are there',
      async () => {
        const made = new Set(await admin.listTopics());
        return names.every((name) => made.has(name));
      },
      TOPICS_DEADLINE_MS,
    );
  });
}

/** Sends events in their order. @returns how many */
export async function sendEvents(kafka: Kafka, events: Iterable<HubEvent>): Promise<number> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  let sent = 0;
  let messages = new Map<string, Message[]>();
  let waiting = 0;
  const flush = async (): Promise<void> => {
    await producer.sendBatch({
      acks: -1,
      timeout: 60_000,
      topicMessages: [...messages].map(([topic, list]) => ({ topic, messages: list })),
    });
    sent += waiting;
    waiting = 0;
    messages = new Map();
  };
  try {
    for (const { topic, message } of events) {
      const list = messages.get(topic) ?? [];
      messages.set(topic, list);
      list.push(message);
      waiting += 1;
      if (waiting === MESSAGES_AT_ONCE) await flush();
    }
    if (waiting > 0) await flush();
  } finally {
    await producer.disconnect();
  }
  return sent;
}
