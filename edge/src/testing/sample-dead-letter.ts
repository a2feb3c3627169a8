import type { ReceivedMessage } from '@hilum/runtime';
import { deadLetterOf } from '../dispatcher/dead-letter.js';

/** A record of the dead-letter topic, given up on 2026-03-01; by default about an object whose key names a patient. */
export function sampleDeadLetter(offset: number, value: string = notification('demo_Jane Doe.jpeg')): ReceivedMessage {
  const original: ReceivedMessage = {
    topic: 'xray.uploads.v1',
    partition: 0,
    offset: String(100 + offset),
    key: Buffer.from('xray-intake/demo_Jane Doe.jpeg'),
    value: Buffer.from(value),
    headers: { traceparent: Buffer.from('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01') },
    timestampMs: Date.UTC(2026, 1, 28),
  };
  const reason = { code: 'HILUM_NOTIFICATION_NOT_JSON', status: 400, detail: 'the message is not JSON' };
  const { headers } = deadLetterOf(original, reason, new Date(Date.UTC(2026, 2, 1)));
  return { ...original, topic: 'xray.uploads.dlq.v1', offset: String(offset), headers };
}

export function notification(...keys: string[]): string {
  return JSON.stringify({
    Records: keys.map((key) => ({
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'xray-intake' }, object: { key, eTag: '"b656300ad194ddb0bc576537d7262272"' } },
    })),
  });
}
