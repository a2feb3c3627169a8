import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { probeKey } from '../probe-object.js';
import { normaliseNotification, notificationFor, type CreatedObject, type KeyEncoding } from './normalise.js';

const FIXTURES = new URL('../../fixtures/notifications/', import.meta.url);
const dialects = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.slice(0, -'.jsonl'.length));

const intake = { intakeBucket: 'xray-intake', keyEncoding: 'raw' } as const;
const encoded = { intakeBucket: 'xray-intake', keyEncoding: 'url' } as const;

function record(
  change: { eventName?: string; bucket?: string; key?: unknown; eTag?: unknown; versionId?: unknown } = {},
) {
  const { eventName = 'ObjectCreated:Put', bucket = 'xray-intake', key = 'a.jpeg', ...object } = change;
  return {
    eventName,
    eventTime: '2026-03-01T08:15:30.123Z',
    s3: { bucket: { name: bucket }, object: { key, ...object } },
  };
}

const normalise = (message: unknown, options: { intakeBucket: string; keyEncoding: KeyEncoding } = intake) =>
  normaliseNotification(JSON.stringify(message), options);

describe('store dialects', () => {
  it('are all covered by a recorded or specified example', () => {
    expect(dialects).toEqual([
      'aws-2.5',
      'ceph-rgw-16.2',
      'knative-aws-s3',
      'knative-kafka-event',
      'minio-2026-02',
      'versitygw-1.8.0',
    ]);
  });

  it.each(dialects)('%s is read as expected, message by message', (dialect) => {
    const messages = readFileSync(new URL(`${dialect}.jsonl`, FIXTURES), 'utf8')
      .trim()
      .split('\n');
    const expected = JSON.parse(readFileSync(new URL(`${dialect}.expected.json`, FIXTURES), 'utf8')) as {
      keyEncoding: KeyEncoding;
      outcomes: unknown[];
    };
    const options = { intakeBucket: 'xray-intake', keyEncoding: expected.keyEncoding };

    expect(messages.map((message) => normaliseNotification(Buffer.from(message), options))).toEqual(expected.outcomes);
  });
});

describe('a notification', () => {
  it('gives every creation in the intake bucket, and nothing of other buckets or deletions', () => {
    const outcome = normalise({
      Records: [
        record({ key: 'a' }),
        record({ key: 'b', bucket: 'other' }),
        record({ key: 'c', eventName: 's3:ObjectRemoved:Delete' }),
        record({ key: 'd', eventName: 's3:ObjectCreated:CompleteMultipartUpload' }),
        record({ key: 'e', eventName: 'ObjectRestore:Completed' }),
      ],
    });

    expect(outcome).toMatchObject({ kind: 'objects', objects: [{ key: 'a' }, { key: 'd' }] });
  });

  it('has a stand-in for half a character in a key, which no request could name', () => {
    expect(normalise({ Records: [record({ key: 'a\ud800b 🫁' })] })).toMatchObject({
      objects: [{ key: 'a\ufffdb 🫁' }],
    });
  });

  it('takes quotes off an eTag, and an empty eTag or version for none', () => {
    expect(normalise({ Records: [record({ eTag: '"0a"', versionId: '' })] })).toMatchObject({
      objects: [{ eTag: '0a', versionId: null }],
    });
    expect(normalise({ Records: [record({ eTag: '', versionId: 'v1' })] })).toMatchObject({
      objects: [{ eTag: null, versionId: 'v1' }],
    });
    expect(normalise({ Records: [record()] })).toMatchObject({ objects: [{ eTag: null, versionId: null }] });
  });

  it('has no time rather than a wrong one when the store’s is missing or malformed', () => {
    for (const eventTime of [undefined, null, '', 'yesterday'])
      expect(normalise({ Records: [{ ...record(), eventTime }] })).toMatchObject({ objects: [{ eventTime: null }] });
  });

  it('keeps a raw key as it is, percent signs and plus signs too', () => {
    expect(normalise({ Records: [record({ key: '100%+1.jpeg' })] })).toMatchObject({
      objects: [{ key: '100%+1.jpeg' }],
    });
  });

  it('decodes an encoded key: a plus sign is a space, %2B is a plus sign', () => {
    expect(normalise({ Records: [record({ key: 'a+b%2Bc%25.jpeg' })] }, encoded)).toMatchObject({
      objects: [{ key: 'a b+c%.jpeg' }],
    });
  });

  it.each(['%', '%zz', 'a%2', '%e9'])('is rejected for the encoded key %j', (key) => {
    expect(normalise({ Records: [record(), record({ key })] }, encoded)).toEqual({
      kind: 'rejected',
      code: 'HILUM_NOTIFICATION_KEY_ENCODING',
      detail: 'Records[1].s3.object.key is not URL-encoded',
    });
  });

  it.each([
    ['a test event', { Event: 's3:TestEvent', Bucket: 'xray-intake' }, 'test-event'],
    ['an object without records', { hello: 'world' }, 'no-records'],
    ['an empty list of records', { Records: [] }, 'no-records'],
    ['records that are no list', { Records: null }, 'no-records'],
    ['deletions only', { Records: [record({ eventName: 'ObjectRemoved:Delete' })] }, 'no-creations'],
    ['other buckets only', { Records: [record({ bucket: 'xray-results' })] }, 'no-creations'],
    [
      'a name that only contains a creation',
      { Records: [record({ eventName: 'x:ObjectCreated:Put' })] },
      'no-creations',
    ],
  ])('is ignored when it is %s', (_what, message, why) => {
    expect(normalise(message)).toEqual({ kind: 'ignored', why });
  });

  it.each(['raw', 'url'] as const)('is ignored when it tells of probes alone, with %s keys', (keyEncoding) => {
    const written = keyEncoding === 'raw' ? probeKey() : encodeURIComponent(probeKey());
    const options = { intakeBucket: 'xray-intake', keyEncoding };

    expect(normalise({ Records: [record({ key: written })] }, options)).toEqual({ kind: 'ignored', why: 'probe' });
    expect(normalise({ Records: [record({ key: written }), record({ key: 'a.jpeg' })] }, options)).toMatchObject({
      kind: 'objects',
      objects: [{ key: 'a.jpeg' }],
    });
  });

  it('is of an image when its key only resembles that of a probe', () => {
    expect(normalise({ Records: [record({ key: `${probeKey()}.jpeg` })] })).toMatchObject({ kind: 'objects' });
  });

  it.each([
    ['nothing', null],
    ['empty', ''],
    ['half a document', '{"Records":[{"planted'],
  ])('is rejected as not JSON when it is %s', (_what, value) => {
    expect(normaliseNotification(value, intake)).toEqual({
      kind: 'rejected',
      code: 'HILUM_NOTIFICATION_NOT_JSON',
      detail: 'the message is not JSON',
    });
  });

  it.each(['[]', 'null', '"planted"', '7', 'true'])('is rejected as no object when it is %s', (value) => {
    expect(normaliseNotification(value, intake)).toEqual({
      kind: 'rejected',
      code: 'HILUM_NOTIFICATION_NOT_OBJECT',
      detail: 'the message must be a JSON object',
    });
  });

  it.each([
    ['a record without a key', { ...record(), s3: { bucket: { name: 'xray-intake' }, object: { eTag: '0a' } } }],
    ['an empty key', record({ key: '' })],
    ['a key that is no text', record({ key: 7 })],
    ['a record without s3', { eventName: 'ObjectCreated:Put' }],
    ['a record without an event name', { s3: record().s3 }],
    ['null', null],
    ['a text', 'planted'],
  ])('is rejected whole for %s among good ones, with the place and no value', (_what, broken) => {
    const outcome = normalise({ Records: [record({ key: 'planted' }), broken] });

    expect(outcome).toMatchObject({ kind: 'rejected', code: 'HILUM_NOTIFICATION_RECORD_INVALID' });
    expect((outcome as { detail: string }).detail).toMatch(/^Records\[1\]: /);
    expect((outcome as { detail: string }).detail).not.toContain('planted');
  });
});

describe('the reconciler’s notification', () => {
  const keys = ['a.jpeg', 'ward 3/Renée_1+1.jpeg', '100%.jpeg', 'a%2Fb', "(!*')~&=;.jpeg", '放射/胸.png', 'a|b"c\\d'];

  it.each(['raw', 'url'] as const)('is read back to the same object with %s keys', (keyEncoding) => {
    for (const key of keys)
      for (const versionId of [null, 'v1']) {
        const object: CreatedObject = {
          bucket: 'xray-intake',
          key,
          versionId,
          eTag: '0a',
          eventTime: '2026-03-01T08:15:30.123Z',
        };

        expect(normaliseNotification(notificationFor(object, keyEncoding), { ...intake, keyEncoding })).toEqual({
          kind: 'objects',
          objects: [object],
        });
      }
  });

  it('needs neither eTag nor time', () => {
    const object: CreatedObject = { bucket: 'xray-intake', key: 'a', versionId: null, eTag: null, eventTime: null };

    expect(normaliseNotification(notificationFor(object, 'raw'), intake)).toEqual({
      kind: 'objects',
      objects: [object],
    });
  });
});
