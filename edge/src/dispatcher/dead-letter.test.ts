import type { ReceivedMessage } from '@hilum/runtime';
import { describe, expect, it } from 'vitest';
import { deadLetterOf, originalOf, reasonOf } from './dead-letter.js';

const AT = new Date(Date.UTC(2026, 0, 3));
const record: ReceivedMessage = {
  topic: 'xray.uploads.v1',
  partition: 0,
  offset: '9',
  key: Buffer.from([0xff, 0x00]),
  value: Buffer.from([0xfe, 0x01]),
  headers: { traceparent: Buffer.from('00-a'), hilum_other: 'kept', many: ['a', Buffer.from('b')] },
  timestampMs: 0,
};

/** As the dead-letter topic gives it back: header values are bytes. */
function buried(status: number | null, detail: string | null): ReceivedMessage {
  const { key, value, headers } = deadLetterOf(record, { code: 'HILUM_X', status, detail }, AT);
  const bytes = Object.entries(headers).map(([name, text]) => [
    name,
    typeof text === 'string' ? Buffer.from(text) : text,
  ]);
  const asBuffer = (part: Buffer | string | null): Buffer | null => (typeof part === 'string' ? null : part);
  return { ...record, key: asBuffer(key), value: asBuffer(value), headers: Object.fromEntries(bytes) as never };
}

describe('a dead letter', () => {
  it('becomes again what it was: key, value and headers, without those that say why it lay there', () => {
    expect(originalOf(buried(400, 'no')).key).toEqual(record.key);
    expect(originalOf(buried(400, 'no')).value).toEqual(record.value);
    expect(originalOf(buried(400, 'no')).headers).toEqual({ ...record.headers, hilum_other: Buffer.from('kept') });
  });

  it('says why it lies there', () => {
    const at = AT.toISOString();
    expect(reasonOf(buried(400, 'no'))).toEqual({ code: 'HILUM_X', status: 400, detail: 'no', at });
    expect(reasonOf(buried(null, null))).toEqual({ code: 'HILUM_X', status: null, detail: null, at });
  });

  it('may come from elsewhere and say nothing', () => {
    expect(reasonOf(record)).toEqual({ code: null, status: null, detail: null, at: null });
  });
});
