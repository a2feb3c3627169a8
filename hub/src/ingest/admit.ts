import {
  decodeKafkaEvent,
  hubBoundEvents,
  kafkaHeader,
  parseMirroredTopic,
  siteTopics,
  type AuditRecorded,
  type CloudEvent,
  type FeedbackRecorded,
  type HubBoundTopic,
  type ResultRecorded,
  type SiteHeartbeat,
} from '@hilum/contracts';
import type { ReceivedMessage } from '@hilum/runtime';

/** A conforming event, told apart by the site's topic it came on. */
export type AdmittedEvent =
  | { topic: typeof siteTopics.results; event: CloudEvent<ResultRecorded> }
  | { topic: typeof siteTopics.feedback; event: CloudEvent<FeedbackRecorded> }
  | { topic: typeof siteTopics.heartbeat; event: CloudEvent<SiteHeartbeat> }
  | { topic: typeof siteTopics.audit; event: CloudEvent<AuditRecorded> };

/** `detail` names fields and rules, never a value or a name that the sender chose. */
export interface Refusal {
  code: string;
  detail: string;
  /** false only when the data conforms and no more than the envelope is wrong */
  mayBeIdentity: boolean;
}

export type Admission = { kind: 'admitted'; admitted: AdmittedEvent } | { kind: 'refused'; refusal: Refusal };

/** HMACs and UUIDs: cannot hold a name. */
const OPAQUE_ID = /^([0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

const SOURCE = /^\/sites\/[a-z0-9-]+\/[a-z-]+$/;

/** Those that contracts' encodeKafkaEvent writes; any other could carry anything. */
const HEADERS: ReadonlySet<string> = new Set([
  ...['specversion', 'id', 'source', 'type', 'time', 'subject', 'traceparent'].map((name) => `ce_${name}`),
  'content-type',
  'traceparent',
]);

function isOpaque(value: string, site: string): boolean {
  return OPAQUE_ID.test(value) || value === site;
}

/**
 * The hub's own check of what a site sent, after the site's: closed schema, and site and source proven by the topic's
 * prefix, which the broker lets only that site's certificate write.
 * @throws RangeError when the topic is not a mirrored one: the hub subscribes to no other
 */
export function admit(message: Pick<ReceivedMessage, 'topic' | 'key' | 'headers' | 'value'>): Admission {
  const mirrored = parseMirroredTopic(message.topic);
  if (mirrored === null) throw new RangeError('not a mirrored topic');
  const { site, topic } = mirrored;
  const decoded = decode(topic, message);
  if (decoded.kind === 'rejected') {
    const isEnvelopeOnly =
      decoded.code === 'HILUM_EVENT_ATTRIBUTE_MISSING' || decoded.code === 'HILUM_EVENT_ATTRIBUTE_INVALID';
    const isHarmless =
      isEnvelopeOnly &&
      dataConforms(topic, message.value) &&
      ['ce_id', 'ce_subject'].every((name) => isOpaque(kafkaHeader(message.headers, name) ?? site, site));
    return refused(decoded.code, decoded.detail, !isHarmless);
  }
  const { event } = decoded.admitted;
  if (event.data.site !== site)
    return refused('HILUM_HUB_SITE_MISMATCH', 'site: must be the site that the topic belongs to', true);
  if (!SOURCE.test(event.source) || !event.source.startsWith(`/sites/${site}/`))
    return refused(
      'HILUM_HUB_SOURCE_MISMATCH',
      'source: must be /sites/<site>/<process>, with the site of the topic',
      true,
    );
  if (!OPAQUE_ID.test(event.id) && topic !== siteTopics.heartbeat)
    return refused('HILUM_HUB_ID_NOT_OPAQUE', 'id: must be 64 lower-case hex digits or a UUID', true);
  // not stored, but an object key in the subject is how a file name would most easily leave a hospital
  if (!isOpaque(event.subject, site))
    return refused('HILUM_HUB_SUBJECT_NOT_OPAQUE', 'subject: must be a pseudonym or the name of the site', true);
  if (!isOpaque(message.key?.toString('utf8') ?? '', site))
    return refused('HILUM_HUB_KEY_NOT_OPAQUE', 'key: must be a pseudonym or the name of the site', true);
  const unknownHeaders = Object.keys(message.headers).filter((name) => !HEADERS.has(name));
  if (unknownHeaders.length > 0)
    return refused('HILUM_HUB_HEADERS_UNKNOWN', `headers: ${unknownHeaders.length} unknown`, true);
  return { kind: 'admitted', admitted: decoded.admitted };
}

type Decoding = { kind: 'event'; admitted: AdmittedEvent } | { kind: 'rejected'; code: string; detail: string };

function decode(topic: HubBoundTopic, message: Pick<ReceivedMessage, 'headers' | 'value'>): Decoding {
  // one case per topic, so that the compiler ties each topic to its event
  switch (topic) {
    case siteTopics.results: {
      const decoded = decodeKafkaEvent(message, hubBoundEvents[topic]);
      return decoded.kind === 'event' ? { kind: 'event', admitted: { topic, event: decoded.event } } : decoded;
    }
    case siteTopics.feedback: {
      const decoded = decodeKafkaEvent(message, hubBoundEvents[topic]);
      return decoded.kind === 'event' ? { kind: 'event', admitted: { topic, event: decoded.event } } : decoded;
    }
    case siteTopics.heartbeat: {
      const decoded = decodeKafkaEvent(message, hubBoundEvents[topic]);
      return decoded.kind === 'event' ? { kind: 'event', admitted: { topic, event: decoded.event } } : decoded;
    }
    case siteTopics.audit: {
      const decoded = decodeKafkaEvent(message, hubBoundEvents[topic]);
      return decoded.kind === 'event' ? { kind: 'event', admitted: { topic, event: decoded.event } } : decoded;
    }
  }
}

function dataConforms(topic: HubBoundTopic, value: Buffer | null): boolean {
  if (value === null) return true;
  try {
    return hubBoundEvents[topic].schema.safeParse(JSON.parse(value.toString('utf8'))).success;
  } catch {
    return false;
  }
}

function refused(code: string, detail: string, mayBeIdentity: boolean): Admission {
  return { kind: 'refused', refusal: { code, detail, mayBeIdentity } };
}
