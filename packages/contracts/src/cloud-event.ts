import { z } from 'zod';
import { formatTraceparent, parseTraceparent, type TraceContext } from './trace-context.js';

/** A CloudEvent 1.0.2 whose data is JSON of a known type. */
export interface CloudEvent<Data = unknown> {
  id: string;
  source: string;
  type: string;
  time: string;
  subject: string;
  trace: TraceContext | null;
  data: Data;
}

export const REJECTION_CODES = [
  'HILUM_EVENT_ATTRIBUTE_MISSING',
  'HILUM_EVENT_ATTRIBUTE_INVALID',
  'HILUM_EVENT_TYPE_UNEXPECTED',
  'HILUM_EVENT_DATA_NOT_JSON',
  'HILUM_EVENT_DATA_INVALID',
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** `detail` names fields, never values: it is logged, stored and shown, and a value could be a patient's name. */
export type Decoded<Data> =
  { kind: 'event'; event: CloudEvent<Data> } | { kind: 'rejected'; code: RejectionCode; detail: string };

export interface KafkaHeaders {
  [name: string]: Buffer | string | (Buffer | string)[] | undefined;
}

const JSON_TYPE = 'application/json';
/** Made once: to make it costs more than to decode an event. */
const RFC_3339_TIME = z.iso.datetime({ offset: true });

/** Kafka protocol binding, binary mode: attributes as `ce_*` headers, data as the value. */
export function encodeKafkaEvent(event: CloudEvent): { headers: Record<string, string>; value: string } {
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_source: event.source,
    ce_type: event.type,
    ce_time: event.time,
    ce_subject: event.subject,
    'content-type': JSON_TYPE,
  };
  if (event.trace !== null) {
    const traceparent = formatTraceparent(event.trace);
    headers['ce_traceparent'] = traceparent;
    headers['traceparent'] = traceparent;
  }
  return { headers, value: JSON.stringify(event.data) };
}

/**
 * The strict counterpart: nothing is filled in. A missing id given a new one would make de-duplication fail silently.
 */
export function decodeKafkaEvent<Data>(
  message: { headers?: KafkaHeaders | undefined; value: Buffer | null },
  expected: { type: string; schema: z.ZodType<Data> },
): Decoded<Data> {
  const header = (name: string): string | undefined => kafkaHeader(message.headers, name);
  return decodeEvent((name) => header(`ce_${name}`), header('traceparent'), message.value, expected);
}

/** First value of a header as text. */
export function kafkaHeader(headers: KafkaHeaders | undefined, name: string): string | undefined {
  const raw = headers?.[name];
  return (Array.isArray(raw) ? raw[0] : raw)?.toString();
}

/** Attributes come from a getter, so that Kafka headers and HTTP headers are checked by the same rule. */
export function decodeEvent<Data>(
  attribute: (name: string) => string | undefined,
  traceparentHeader: string | undefined,
  data: Buffer | null,
  expected: { type: string; schema: z.ZodType<Data> },
): Decoded<Data> {
  const specversion = attribute('specversion');
  if (specversion === undefined) return rejected('HILUM_EVENT_ATTRIBUTE_MISSING', 'specversion is missing');
  if (specversion !== '1.0') return rejected('HILUM_EVENT_ATTRIBUTE_INVALID', 'specversion must be 1.0');
  const type = attribute('type');
  if (type === undefined || type === '') return rejected('HILUM_EVENT_ATTRIBUTE_MISSING', 'type is missing');
  if (type !== expected.type) return rejected('HILUM_EVENT_TYPE_UNEXPECTED', `type must be ${expected.type}`);
  const values: Record<string, string> = {};
  for (const name of ['id', 'source', 'time', 'subject']) {
    const value = attribute(name);
    if (value === undefined || value === '') return rejected('HILUM_EVENT_ATTRIBUTE_MISSING', `${name} is missing`);
    values[name] = value;
  }
  const { id = '', source = '', time = '', subject = '' } = values;
  if (!RFC_3339_TIME.safeParse(time).success)
    return rejected('HILUM_EVENT_ATTRIBUTE_INVALID', 'time must be an RFC 3339 timestamp');
  let json: unknown;
  try {
    json = JSON.parse((data ?? Buffer.alloc(0)).toString('utf8'));
  } catch {
    return rejected('HILUM_EVENT_DATA_NOT_JSON', 'data is not JSON');
  }
  const parsed = expected.schema.safeParse(json);
  if (!parsed.success) return rejected('HILUM_EVENT_DATA_INVALID', describeIssues(parsed.error));
  const trace = parseTraceparent(attribute('traceparent')) ?? parseTraceparent(traceparentHeader);
  return { kind: 'event', event: { id, source, type, time, subject, trace, data: parsed.data } };
}

function rejected(code: RejectionCode, detail: string): { kind: 'rejected'; code: RejectionCode; detail: string } {
  return { kind: 'rejected', code, detail };
}

/**
 * Says which fields are wrong without repeating anything the sender wrote: the names of unknown fields are counted,
 * not quoted, since they are the sender's words too.
 */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const where = issue.path.length === 0 ? 'data' : issue.path.map(String).join('.');
      if (issue.code === 'unrecognized_keys') return `${where}: ${issue.keys.length} unknown field(s)`;
      // zod's own messages name what was expected, never what was received
      return `${where}: ${issue.message}`;
    })
    .join('; ');
}

/** `/sites/<site>/<process>`: the CloudEvents source of what a site's process publishes. */
export function sourceOf(site: string, process: string): string {
  return `/sites/${site}/${process}`;
}
