import { createHmac } from 'node:crypto';

/** The secret of one site, 32 bytes. It never leaves the site: with it, pseudonyms could be tried out one by one. */
export type SiteKey = Buffer & { readonly __siteKey: unique symbol };

/**
 * @param hex 64 hexadecimal digits
 * @throws RangeError when it is anything else; the value is not repeated in the message, for it is a secret
 */
export function parseSiteKey(hex: string): SiteKey {
  const trimmed = hex.trim();
  if (!/^[0-9a-f]{64}$/i.test(trimmed)) throw new RangeError('a site key is 64 hexadecimal digits (32 bytes)');
  return Buffer.from(trimmed, 'hex') as SiteKey;
}

/** HMAC-SHA256 (RFC 2104) as 64 lower-case hexadecimal digits. */
function hmac(key: SiteKey, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('hex');
}

/** What makes an object one image: a versioned bucket tells by version, any other by content (eTag). */
export interface ObjectIdentity {
  bucket: string;
  key: string;
  versionId: string | null;
  eTag: string;
}

/** What XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets): most control characters, halves of characters. */
const NOT_IN_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** U+FFFD: what a list has in the place of such a character. */
const STAND_IN = '\ufffd';

/**
 * A key as the list of a bucket tells it. Lists are XML, so stores write U+FFFD for what has no place there, while a
 * notification of the same object has the character itself. Ids are made of this form, so that both name one image.
 */
export function listedKeyOf(key: string): string {
  return key.replace(NOT_IN_XML, STAND_IN);
}

/**
 * `HMAC(site key, bucket|key|versionId or eTag)`. Neither bucket names nor eTags nor version ids hold a `|`, so the
 * three parts can be told apart whatever the key contains.
 */
export function imageIdOf(siteKey: SiteKey, object: ObjectIdentity): string {
  return hmac(siteKey, `${object.bucket}|${listedKeyOf(object.key)}|${object.versionId ?? object.eTag}`);
}

/** Keys that Hilum's own HTTP intake writes: `studies/<studyId>/<n>`. They carry no identity. */
export const OWN_KEY_PATTERN = /^studies\/([0-9a-f]{32})\/([0-9]{1,4})$/;

export function ownKey(studyId: string, imageNumber: number): string {
  return `studies/${studyId}/${imageNumber}`;
}

/**
 * Images uploaded together are one study (32 hex digits); an object from anywhere else is a study of its own. Different
 * names can have the same listed form, when that has a stand-in: version or eTag keeps patients apart then.
 */
export function studyIdOf(
  siteKey: SiteKey,
  object: Pick<ObjectIdentity, 'bucket' | 'key' | 'versionId'> & { eTag: string | null },
): string {
  const own = OWN_KEY_PATTERN.exec(object.key)?.[1];
  const key = listedKeyOf(object.key);
  const mark = key.includes(STAND_IN) ? (object.versionId ?? object.eTag) : null;
  return own ?? hmac(siteKey, `study-id|${object.bucket}|${key}${mark === null ? '' : `|${mark}`}`).slice(0, 32);
}

/** Id of the event that tells one image's score by one model: the same however often the image is scored again. */
export function scoreEventIdOf(siteKey: SiteKey, imageId: string, modelDigest: string): string {
  return hmac(siteKey, `${imageId}|${modelDigest}`);
}

export type PseudonymPurpose = 'study' | 'image' | 'actor' | 'subject';

/** What the hub sees instead of a local id: `HMAC(site key, purpose|value)`; differs by site and purpose. */
export function pseudonymOf(siteKey: SiteKey, purpose: PseudonymPurpose, value: string): string {
  return hmac(siteKey, `${purpose}|${value}`);
}

/**
 * Trace id for an image whose uploader sent none. Derived, so that a retry, a second notification and the reconciler
 * all continue one trace.
 */
export function derivedTraceId(siteKey: SiteKey, object: ObjectIdentity): string {
  return hmac(siteKey, `trace|${imageIdOf(siteKey, object)}`).slice(0, 32);
}
