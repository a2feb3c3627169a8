import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  decodeKafkaEvent,
  encodeKafkaEvent,
  kafkaHeader,
  sourceOf,
  type CloudEvent,
  type KafkaHeaders,
} from './cloud-event.js';

const expected = {
  type: 'org.hilum.example.v1',
  schema: z.strictObject({ site: z.string(), inner: z.strictObject({ count: z.number().int().min(0) }) }),
};

const event: CloudEvent<{ site: string; inner: { count: number } }> = {
  id: 'id-1',
  source: sourceOf('st-agnes', 'edge'),
  type: expected.type,
  time: '2026-03-01T08:15:30.123Z',
  subject: 'subject-1',
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
  data: { site: 'st-agnes', inner: { count: 1 } },
};

function message(change: (headers: KafkaHeaders) => void = () => undefined, data: unknown = event.data) {
  const encoded = encodeKafkaEvent({ ...event, data });
  const headers: KafkaHeaders = { ...encoded.headers };
  change(headers);
  return { headers, value: Buffer.from(encoded.value) };
}

const decode = (received: { headers?: KafkaHeaders; value: Buffer | null }) => decodeKafkaEvent(received, expected);

describe('a CloudEvent in Kafka', () => {
  it('comes back as it was put in', () => {
    expect(decode(message())).toEqual({ kind: 'event', event });
  });

  it('comes back from headers as Kafka delivers them: bytes, or several values of which the first counts', () => {
    const received = message((headers) => {
      for (const [name, value] of Object.entries(headers)) headers[name] = Buffer.from(value as string);
      headers['ce_id'] = [Buffer.from('id-1'), Buffer.from('id-2')];
    });

    expect(decode(received)).toEqual({ kind: 'event', event });
    expect(kafkaHeader(received.headers, 'ce_id')).toBe('id-1');
    expect(kafkaHeader(undefined, 'ce_id')).toBeUndefined();
  });

  it('carries no trace when it has none, and says so when read', () => {
    const encoded = encodeKafkaEvent({ ...event, trace: null });

    expect(Object.keys(encoded.headers).filter((name) => name.includes('traceparent'))).toEqual([]);
    expect(decode({ headers: encoded.headers, value: Buffer.from(encoded.value) })).toMatchObject({
      event: { trace: null },
    });
  });

  it('takes the trace from the plain header when the extension is missing or malformed', () => {
    for (const extension of [undefined, 'nonsense'])
      expect(decode(message((headers) => (headers['ce_traceparent'] = extension)))).toMatchObject({
        event: { trace: event.trace },
      });
  });

  it.each(['specversion', 'type', 'id', 'source', 'time', 'subject'])('is rejected without %s', (name) => {
    const rejected = { kind: 'rejected', code: 'HILUM_EVENT_ATTRIBUTE_MISSING', detail: `${name} is missing` };

    expect(decode(message((headers) => delete headers[`ce_${name}`]))).toEqual(rejected);
    if (name !== 'specversion') expect(decode(message((headers) => (headers[`ce_${name}`] = '')))).toEqual(rejected);
  });

  it('is rejected without any header', () => {
    expect(decode({ value: message().value })).toMatchObject({ code: 'HILUM_EVENT_ATTRIBUTE_MISSING' });
  });

  it.each(['0.3', '1.0.2', '2.0', ''])('is rejected for the specification version %j', (version) => {
    expect(decode(message((headers) => (headers['ce_specversion'] = version)))).toMatchObject({
      code: 'HILUM_EVENT_ATTRIBUTE_INVALID',
      detail: 'specversion must be 1.0',
    });
  });

  it.each(['yesterday', '2026-03-01', '2026-13-01T00:00:00Z', '1700000000', '2026-03-01T08:15:30'])(
    'is rejected for the time %j',
    (time) => {
      expect(decode(message((headers) => (headers['ce_time'] = time)))).toMatchObject({
        code: 'HILUM_EVENT_ATTRIBUTE_INVALID',
        detail: 'time must be an RFC 3339 timestamp',
      });
    },
  );

  it('may have a time with an offset, as the specification allows', () => {
    expect(decode(message((headers) => (headers['ce_time'] = '2026-03-01T09:15:30+01:00')))).toMatchObject({
      kind: 'event',
    });
  });

  it('is rejected for another type, even if the data would fit', () => {
    expect(decode(message((headers) => (headers['ce_type'] = 'org.hilum.planted.v1')))).toEqual({
      kind: 'rejected',
      code: 'HILUM_EVENT_TYPE_UNEXPECTED',
      detail: 'type must be org.hilum.example.v1',
    });
  });

  it.each([
    ['no data', null],
    ['empty data', Buffer.alloc(0)],
    ['half a document', Buffer.from('{"site":"planted')],
  ])('is rejected for %s', (_what, value) => {
    expect(decode({ ...message(), value })).toEqual({
      kind: 'rejected',
      code: 'HILUM_EVENT_DATA_NOT_JSON',
      detail: 'data is not JSON',
    });
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['a text', 'planted'],
    ['an empty object', {}],
  ])('is rejected when the data is %s', (_what, data) => {
    expect(decode(message(undefined, data))).toMatchObject({ code: 'HILUM_EVENT_DATA_INVALID' });
  });

  it('is rejected for unknown fields, which are counted and never named, at every depth', () => {
    const data = {
      site: 'st-agnes',
      inner: { count: 1, 'planted Jane Doe': 1 },
      'planted name': 'x',
      'planted id': 'y',
    };
    const decoded = decode(message(undefined, data));

    expect(decoded).toMatchObject({ kind: 'rejected', code: 'HILUM_EVENT_DATA_INVALID' });
    const { detail } = decoded as { detail: string };
    expect(detail).toContain('data: 2 unknown field(s)');
    expect(detail).toContain('inner: 1 unknown field(s)');
    expect(detail).not.toMatch(/planted/i);
  });

  it('is rejected with the field’s name and never its value', () => {
    const decoded = decode(message(undefined, { site: 'st-agnes', inner: { count: 'planted Jane Doe' } }));

    expect((decoded as { detail: string }).detail).toMatch(/^inner\.count: /);
    expect((decoded as { detail: string }).detail).not.toMatch(/planted/);
  });
});
