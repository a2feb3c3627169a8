import { z } from 'zod';
import { describeIssues } from '../cloud-event.js';
import { isProbeKey } from '../probe-object.js';

/** How a store writes object keys in its notifications; AWS and MinIO encode, Ceph and VersityGW do not. */
export const KEY_ENCODINGS = ['raw', 'url'] as const;
export type KeyEncoding = (typeof KEY_ENCODINGS)[number];

export interface NotificationOptions {
  intakeBucket: string;
  /** Set per site: stores of different habits give the same `eventSource`, so the message does not tell. */
  keyEncoding: KeyEncoding;
}

/** An object that a notification says was created. A hint: sizes and eTags of some stores are wrong, HEAD tells. */
export interface CreatedObject {
  bucket: string;
  key: string;
  versionId: string | null;
  /** without the quotes that some stores leave around it */
  eTag: string | null;
  /** ISO 8601; null when the store did not say */
  eventTime: string | null;
  /** the size in the bucket's list; only in the reconciler's own notifications, which come from there */
  listedBytes?: number;
}

export type NormalisedNotification =
  | { kind: 'objects'; objects: CreatedObject[] }
  /** understood, and nothing to do; a probe is an object that is no image (`probe-object.ts`) */
  | { kind: 'ignored'; why: 'test-event' | 'no-records' | 'no-creations' | 'probe' }
  | { kind: 'rejected'; code: NotificationRejectionCode; detail: string };

export const NOTIFICATION_REJECTION_CODES = [
  'HILUM_NOTIFICATION_NOT_JSON',
  'HILUM_NOTIFICATION_NOT_OBJECT',
  'HILUM_NOTIFICATION_RECORD_INVALID',
  'HILUM_NOTIFICATION_KEY_ENCODING',
] as const;
export type NotificationRejectionCode = (typeof NOTIFICATION_REJECTION_CODES)[number];

/** The fields that count, of the many that stores send; others are left alone, for every store adds its own. */
const eventRecord = z.object({
  eventName: z.string().min(1),
  eventTime: z.string().nullish(),
  eventSource: z.unknown().optional(),
  s3: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      key: z.string().min(1),
      eTag: z.string().nullish(),
      versionId: z.string().nullish(),
      size: z.unknown().optional(),
    }),
  }),
});

/** The `eventSource` of the site's own notifications. */
const RECONCILER = 'hilum:reconciler';

/** A creation in S3's vocabulary, with or without the prefix that the subscription's event names carry. */
const CREATION = /^(s3:)?ObjectCreated:/;

/**
 * Reads a store's notification of any known dialect: VersityGW, MinIO, Ceph RGW, AWS; many records in one message,
 * test events, messages without records, and the single record that `com.amazonaws.s3.*` CloudEvents may carry.
 * All or nothing: one broken record rejects the message, so that it is looked at instead of half done.
 */
export function normaliseNotification(
  value: Buffer | string | null,
  options: NotificationOptions,
): NormalisedNotification {
  let message: unknown;
  try {
    message = JSON.parse((value ?? '').toString());
  } catch {
    return rejected('HILUM_NOTIFICATION_NOT_JSON', 'the message is not JSON');
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return rejected('HILUM_NOTIFICATION_NOT_OBJECT', 'the message must be a JSON object');
  const records = recordsOf(message as Record<string, unknown>);
  if (!Array.isArray(records)) return records;
  if (records.length === 0) return { kind: 'ignored', why: 'no-records' };

  const objects: CreatedObject[] = [];
  let probes = 0;
  for (const [index, raw] of records.entries()) {
    const parsed = eventRecord.safeParse(raw);
    if (!parsed.success)
      return rejected('HILUM_NOTIFICATION_RECORD_INVALID', `Records[${index}]: ${describeIssues(parsed.error)}`);
    const { eventName, eventTime, eventSource, s3 } = parsed.data;
    if (!CREATION.test(eventName) || s3.bucket.name !== options.intakeBucket) continue;
    const key = decodeKey(s3.object.key, options.keyEncoding);
    if (key === null)
      return rejected('HILUM_NOTIFICATION_KEY_ENCODING', `Records[${index}].s3.object.key is not URL-encoded`);
    if (isProbeKey(key)) {
      probes += 1;
      continue;
    }
    objects.push({
      bucket: s3.bucket.name,
      key,
      versionId: emptyToNull(s3.object.versionId),
      eTag: emptyToNull(s3.object.eTag?.replaceAll('"', '')),
      eventTime: isoTime(eventTime),
      ...(eventSource === RECONCILER ? listedBytesOf(s3.object.size) : {}),
    });
  }
  if (objects.length > 0) return { kind: 'objects', objects };
  return { kind: 'ignored', why: probes > 0 ? 'probe' : 'no-creations' };
}

function listedBytesOf(size: unknown): Pick<CreatedObject, 'listedBytes'> {
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? { listedBytes: size } : {};
}

function recordsOf(message: Record<string, unknown>): unknown[] | NormalisedNotification {
  const records = message['Records'];
  if (Array.isArray(records)) return records as unknown[];
  if ('s3' in message) return [message];
  if (message['Event'] === 's3:TestEvent') return { kind: 'ignored', why: 'test-event' };
  return { kind: 'ignored', why: 'no-records' };
}

const HALF_A_CHARACTER = /\p{Surrogate}/gu;

/** `application/x-www-form-urlencoded`, as S3 does it: a plus sign is a space. Null when a percent code is broken. */
function decodeKey(key: string, encoding: KeyEncoding): string | null {
  // half a character can be written in JSON but not in a request: no store could be asked for it
  if (encoding === 'raw') return key.replace(HALF_A_CHARACTER, '\ufffd');
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

function encodeKey(key: string, encoding: KeyEncoding): string {
  return encoding === 'raw' ? key : encodeURIComponent(key).replaceAll('%20', '+');
}

function emptyToNull(value: string | null | undefined): string | null {
  return value === undefined || value === null || value === '' ? null : value;
}

function isoTime(value: string | null | undefined): string | null {
  const time = Date.parse(value ?? '');
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

function rejected(code: NotificationRejectionCode, detail: string): NormalisedNotification {
  return { kind: 'rejected', code, detail };
}

/**
 * The notification that the reconciler publishes for an image whose own one was lost, in the site's dialect, so that
 * everything behind the topic has one way of reading.
 */
export function notificationFor(object: CreatedObject, keyEncoding: KeyEncoding): string {
  return JSON.stringify({
    Records: [
      {
        eventVersion: '2.2',
        eventSource: RECONCILER,
        eventTime: object.eventTime,
        eventName: 'ObjectCreated:Put',
        s3: {
          s3SchemaVersion: '1.0',
          bucket: { name: object.bucket },
          object: {
            key: encodeKey(object.key, keyEncoding),
            eTag: object.eTag,
            versionId: object.versionId,
            ...(object.listedBytes === undefined ? {} : { size: object.listedBytes }),
          },
        },
      },
    ],
  });
}
