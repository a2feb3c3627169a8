import type { IncomingHttpHeaders } from 'node:http';
import { GIVE_UP_ATTRIBUTE, decodeEvent, giveUpCause, type CloudEvent, type GiveUpCause } from '@hilum/contracts';
import { z } from 'zod';

/** An event whose data are still bytes; whoever knows the type reads them. */
export interface ReceivedEvent {
  event: CloudEvent;
  data: Buffer;
  /** why the sender gives up what it announces; null in the ordinary case that it does not */
  giveUp: GiveUpCause | null;
}

export type ReceivedEvents =
  { kind: 'events'; events: ReceivedEvent[] } | { kind: 'rejected'; code: string; detail: string };

type Attribute = (name: string) => string | undefined;

const anything = z.unknown();

/**
 * CloudEvents 1.0.2 HTTP protocol binding: binary, structured (`application/cloudevents+json`) and batched
 * (`application/cloudevents-batch+json`). As strict as with Kafka: nothing is filled in, and one broken event rejects a
 * whole batch.
 */
export function decodeHttpEvents(headers: IncomingHttpHeaders, body: Buffer): ReceivedEvents {
  const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  const traceparent = headerText(headers['traceparent']);
  if (mediaType === 'application/cloudevents+json') return decodeStructured([parseJson(body)], traceparent);
  if (mediaType === 'application/cloudevents-batch+json') {
    const batch = parseJson(body);
    if (!Array.isArray(batch)) return rejected('HILUM_EVENT_BATCH_INVALID', 'a batch must be a JSON array of events');
    return decodeStructured(batch as unknown[], traceparent);
  }
  if (mediaType?.startsWith('application/cloudevents') === true)
    return rejected('HILUM_EVENT_FORMAT_UNSUPPORTED', 'only the JSON format of CloudEvents is understood');
  return decodeAll(
    [{ attribute: (name) => percentDecoded(headerText(headers[`ce-${name}`])), data: body }],
    traceparent,
  );
}

function decodeStructured(envelopes: unknown[], traceparent: string | undefined): ReceivedEvents {
  const read: { attribute: Attribute; data: Buffer }[] = [];
  for (const [index, envelope] of envelopes.entries()) {
    if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope))
      return rejected('HILUM_EVENT_DATA_NOT_JSON', `event ${index} must be a JSON object`);
    // a member that is null is as if it were not there (CloudEvents JSON format 1.0.2, 2.2)
    const fields = Object.fromEntries(Object.entries(envelope).filter(([, value]) => value !== null)) as Record<
      string,
      unknown
    >;
    const which = whichOf(index, envelopes);
    const wrong = TEXTS.find((name) => !['string', 'undefined'].includes(typeof fields[name]));
    if (wrong !== undefined) return rejected('HILUM_EVENT_ATTRIBUTE_INVALID', `${which}${wrong} must be text`);
    // one of them would be scored, or committed as nothing to do, in place of the other
    if (fields['data'] !== undefined && fields['data_base64'] !== undefined)
      return rejected('HILUM_EVENT_DATA_INVALID', `${which}must have either data or data_base64, not both`);
    const attribute: Attribute = (name) => {
      const value = fields[name];
      return typeof value === 'string' ? value : undefined;
    };
    read.push({ attribute, data: dataOf(fields) });
  }
  return decodeAll(read, traceparent);
}

/** What CloudEvents' JSON format has as text. */
const TEXTS = ['specversion', 'id', 'source', 'type', 'time', 'subject', 'data_base64'];

function dataOf(fields: Record<string, unknown>): Buffer {
  const base64 = fields['data_base64'];
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64');
  return Buffer.from(fields['data'] === undefined ? '' : JSON.stringify(fields['data']));
}

function decodeAll(read: { attribute: Attribute; data: Buffer }[], traceparent: string | undefined): ReceivedEvents {
  const events: ReceivedEvent[] = [];
  for (const [index, { attribute, data }] of read.entries()) {
    const which = whichOf(index, read);
    // the type is checked by whoever knows what to do with it
    const decoded = decodeEvent(attribute, traceparent, data, { type: attribute('type') ?? '', schema: anything });
    if (decoded.kind === 'rejected') return rejected(decoded.code, `${which}${decoded.detail}`);
    const giveUp = giveUpCause.optional().safeParse(attribute(GIVE_UP_ATTRIBUTE));
    if (!giveUp.success)
      return rejected(
        'HILUM_EVENT_ATTRIBUTE_INVALID',
        `${which}${GIVE_UP_ATTRIBUTE} must be one of ${giveUpCause.options.join(', ')}`,
      );
    events.push({ event: decoded.event, data, giveUp: giveUp.data ?? null });
  }
  return { kind: 'events', events };
}

/** Of a batch: which of its events is meant. */
function whichOf(index: number, { length }: readonly unknown[]): string {
  return length > 1 ? `event ${index}: ` : '';
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** Attribute values outside printable ASCII are percent-encoded in headers; a stray percent sign is one. */
function percentDecoded(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function rejected(code: string, detail: string): Extract<ReceivedEvents, { kind: 'rejected' }> {
  return { kind: 'rejected', code, detail };
}
