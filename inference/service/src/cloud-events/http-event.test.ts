import { describe, expect, it } from 'vitest';
import { decodeHttpEvents } from './http-event.js';

const attributes = {
  specversion: '1.0',
  id: 'partition:0/offset:7',
  source: '/kafka/xray.uploads.v1',
  type: 'dev.knative.kafka.event',
  time: '2026-01-02T03:04:05.678Z',
  subject: 'partition:0#7',
};
const data = { Records: [] };
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function binary(changes: Record<string, string | undefined> = {}) {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries({ ...attributes, ...changes }))
    if (value !== undefined) headers[`ce-${name}`] = value;
  return headers;
}

const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function codeOf(result: ReturnType<typeof decodeHttpEvents>): string {
  return result.kind === 'rejected' ? result.code : result.kind;
}

describe('decodeHttpEvents', () => {
  it('reads the binary, structured and batched mode to the same event', () => {
    const modes = [
      decodeHttpEvents(binary(), body(data)),
      decodeHttpEvents(
        { 'content-type': 'application/cloudevents+json; charset=utf-8' },
        body({ ...attributes, data }),
      ),
      decodeHttpEvents({ 'content-type': 'application/cloudevents-batch+json' }, body([{ ...attributes, data }])),
      decodeHttpEvents(
        { 'content-type': 'application/cloudevents+json' },
        body({ ...attributes, data_base64: body(data).toString('base64') }),
      ),
    ];
    for (const mode of modes) {
      if (mode.kind !== 'events') throw new Error(mode.detail);
      expect(mode.events).toHaveLength(1);
      expect(mode.events[0]?.event).toMatchObject({ id: attributes.id, time: attributes.time, data });
      expect(JSON.parse(mode.events[0]?.data.toString() ?? '')).toEqual(data);
    }
  });

  it('takes the trace from the event’s own attribute before the header of the request', () => {
    const other = '00-11111111111111111111111111111111-2222222222222222-01';
    const own = decodeHttpEvents({ ...binary({ traceparent }), traceparent: other }, body(data));
    const fromHeader = decodeHttpEvents({ ...binary(), traceparent: other }, body(data));
    expect(own).toMatchObject({ events: [{ event: { trace: { traceId: traceparent.slice(3, 35) } } }] });
    expect(fromHeader).toMatchObject({ events: [{ event: { trace: { traceId: other.slice(3, 35) } } }] });
  });

  it('reads percent-encoded attribute values, and a stray percent sign as itself', () => {
    const read = decodeHttpEvents(binary({ subject: 'Z%C3%BCrich', source: '100%' }), body(data));
    expect(read).toMatchObject({ events: [{ event: { subject: 'Zürich', source: '100%' } }] });
  });

  it.each(['specversion', 'id', 'source', 'type', 'time', 'subject'])('rejects an event without %s', (name) => {
    expect(codeOf(decodeHttpEvents(binary({ [name]: undefined }), body(data)))).toBe('HILUM_EVENT_ATTRIBUTE_MISSING');
    const envelope = { ...attributes, data, [name]: undefined };
    const structured = decodeHttpEvents({ 'content-type': 'application/cloudevents+json' }, body(envelope));
    expect(codeOf(structured)).toBe('HILUM_EVENT_ATTRIBUTE_MISSING');
  });

  it.each([
    [
      'another version of the specification',
      binary({ specversion: '0.3' }),
      body(data),
      'HILUM_EVENT_ATTRIBUTE_INVALID',
    ],
    ['a time that is none', binary({ time: 'yesterday' }), body(data), 'HILUM_EVENT_ATTRIBUTE_INVALID'],
    ['data that are not JSON', binary(), Buffer.from('hello'), 'HILUM_EVENT_DATA_NOT_JSON'],
    ['no data', binary(), Buffer.alloc(0), 'HILUM_EVENT_DATA_NOT_JSON'],
    ['no headers at all', {}, body(data), 'HILUM_EVENT_ATTRIBUTE_MISSING'],
    [
      'a broken envelope',
      { 'content-type': 'application/cloudevents+json' },
      Buffer.from('{'),
      'HILUM_EVENT_DATA_NOT_JSON',
    ],
    [
      'a batch that is no list',
      { 'content-type': 'application/cloudevents-batch+json' },
      body({}),
      'HILUM_EVENT_BATCH_INVALID',
    ],
    [
      'an encoding other than JSON',
      { 'content-type': 'application/cloudevents+protobuf' },
      body({}),
      'HILUM_EVENT_FORMAT_UNSUPPORTED',
    ],
  ])('rejects %s', (_name, headers, bytes, code) => {
    expect(codeOf(decodeHttpEvents(headers, bytes))).toBe(code);
  });

  it('rejects a whole batch for one broken event, so that none is done twice when it is sent again', () => {
    const batch = [
      { ...attributes, data },
      { ...attributes, id: undefined, data },
    ];
    const read = decodeHttpEvents({ 'content-type': 'application/cloudevents-batch+json' }, body(batch));
    expect(codeOf(read)).toBe('HILUM_EVENT_ATTRIBUTE_MISSING');
    expect(read).toHaveProperty('detail', expect.stringContaining('event 1: id'));
  });

  it('takes a member that is null for one that is not there', () => {
    const structured = { 'content-type': 'application/cloudevents+json' };
    expect(decodeHttpEvents(structured, body({ ...attributes, data, data_base64: null }))).toMatchObject({
      events: [{ event: { data } }],
    });
    const without = decodeHttpEvents(structured, body({ ...attributes, data, subject: null }));
    expect(codeOf(without)).toBe('HILUM_EVENT_ATTRIBUTE_MISSING');
  });

  it.each([
    ['a number for an id', { id: 7 }, 'HILUM_EVENT_ATTRIBUTE_INVALID', 'id must be text'],
    ['data in two forms', { data_base64: 'e30=' }, 'HILUM_EVENT_DATA_INVALID', 'either data or data_base64'],
    ['bytes that are no text', { data: undefined, data_base64: 7 }, 'HILUM_EVENT_ATTRIBUTE_INVALID', 'data_base64'],
  ])('rejects %s in an envelope, and says so', (_name, change, code, detail) => {
    const structured = { 'content-type': 'application/cloudevents+json' };
    const read = decodeHttpEvents(structured, body({ ...attributes, data, ...change }));
    expect(codeOf(read)).toBe(code);
    expect(read).toHaveProperty('detail', expect.stringContaining(detail));
  });
});
