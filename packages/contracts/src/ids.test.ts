import { describe, expect, it } from 'vitest';
import {
  derivedTraceId,
  imageIdOf,
  listedKeyOf,
  ownKey,
  parseSiteKey,
  pseudonymOf,
  scoreEventIdOf,
  studyIdOf,
  type ObjectIdentity,
} from './ids.js';

/*
 * The expected values were computed with OpenSSL, not with this code:
 * printf '%s' TEXT | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f
 */
const KEY_HEX = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const key = parseSiteKey(KEY_HEX);
const object: ObjectIdentity = {
  bucket: 'xray-intake',
  key: 'CR_Jane Doe_1.jpeg',
  versionId: null,
  eTag: 'b656300ad194ddb0bc576537d7262272',
};
const IMAGE_ID = '8746b9adc685f8b457154be587e1ab287ddb9f5d98b3391b2347790e7d1399c8';

describe('a site key', () => {
  it('is 32 bytes given as hexadecimal digits, in either case and with white space around', () => {
    expect(parseSiteKey(`  ${KEY_HEX.toUpperCase()}\n`).equals(key)).toBe(true);
    expect(key).toHaveLength(32);
  });

  it.each(['', KEY_HEX.slice(1), `${KEY_HEX}0`, KEY_HEX.replace('0', 'g')])(
    'is refused as %j, without the value in the message',
    (hex) => {
      expect(() => parseSiteKey(hex)).toThrow(new RangeError('a site key is 64 hexadecimal digits (32 bytes)'));
    },
  );
});

describe('an image id', () => {
  it('is the HMAC of bucket, key and eTag where the bucket is not versioned', () => {
    expect(imageIdOf(key, object)).toBe(IMAGE_ID);
  });

  it('is the HMAC of bucket, key and version where it is, whatever the eTag', () => {
    const versioned = { ...object, versionId: 'JX-2Hqq47eqgTmXRgbakNsdYaotvq73' };

    expect(imageIdOf(key, versioned)).toBe('fb0f0a787dab3ac640c528eb0edd028dcfc1177a561424142b5993c17ca1a885');
    expect(imageIdOf(key, { ...versioned, eTag: 'other' })).toBe(imageIdOf(key, versioned));
  });

  it('takes keys with bars and accents as they are, in UTF-8', () => {
    expect(imageIdOf(key, { ...object, key: 'a|b|é.jpeg' })).toBe(
      '1ff825b172eda494394ff2a4464f19d2e8f06831d9907860c3f2ba5c7f25aaa1',
    );
  });

  it('is another one for other content, another key, another bucket or another site', () => {
    const others = [
      imageIdOf(key, { ...object, eTag: '0'.repeat(32) }),
      imageIdOf(key, { ...object, key: 'CR_Jane Doe_2.jpeg' }),
      imageIdOf(key, { ...object, bucket: 'another' }),
      imageIdOf(parseSiteKey('f'.repeat(64)), object),
    ];

    expect(new Set([IMAGE_ID, ...others]).size).toBe(5);
  });
});

describe('the id of a score', () => {
  it('is the HMAC of image id and model digest', () => {
    expect(scoreEventIdOf(key, IMAGE_ID, `sha256:${'0'.repeat(64)}`)).toBe(
      'b30d5a299bd3ef343b0927cc399ef9c8c38881a4507b9de9b9fed18106151f7a',
    );
  });
});

describe('a study id', () => {
  it('is derived from bucket and key for an object from outside, not from its content', () => {
    expect(studyIdOf(key, object)).toBe('c4d611f4fbca5baf1e4deab6ca4c7d78');
  });

  it('is the one in the key for images that came in through the site itself', () => {
    const studyId = '0123456789abcdef0123456789abcdef';

    expect(ownKey(studyId, 2)).toBe(`studies/${studyId}/2`);
    expect(studyIdOf(key, { ...object, key: ownKey(studyId, 0) })).toBe(studyId);
    expect(studyIdOf(key, { ...object, key: ownKey(studyId, 9999) })).toBe(studyId);
  });

  it.each([
    'studies/0123456789ABCDEF0123456789ABCDEF/1',
    'studies/0123456789abcdef0123456789abcdef/',
    'studies/0123456789abcdef0123456789abcdef/1.jpeg',
    'x/studies/0123456789abcdef0123456789abcdef/1',
    'studies/0123456789abcdef0123456789abcdef/1\n',
  ])('is derived for %j, which only looks like a key of our own', (foreign) => {
    expect(studyIdOf(key, { ...object, key: foreign })).not.toBe('0123456789abcdef0123456789abcdef');
    expect(studyIdOf(key, { ...object, key: foreign })).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('a pseudonym', () => {
  const value = '0123456789abcdef0123456789abcdef';

  it('is the HMAC of purpose and value', () => {
    expect(pseudonymOf(key, 'study', value)).toBe('14bdfc55087fb62b45714c1f52b07b37cc05a717672e03303549e512bcc4fcdd');
    expect(pseudonymOf(key, 'image', value)).toBe('d191e6f246a4ce2e21d84b5c842513b3e8b73f38eae795c6c8a9a76dfc4b16ff');
  });

  it('cannot be matched between purposes or between sites', () => {
    const purposes = (['study', 'image', 'actor', 'subject'] as const).map((purpose) =>
      pseudonymOf(key, purpose, value),
    );
    const elsewhere = pseudonymOf(parseSiteKey('f'.repeat(64)), 'study', value);

    expect(new Set([...purposes, elsewhere]).size).toBe(5);
  });
});

describe('a derived trace id', () => {
  it('is the beginning of an HMAC of the image id, so that every try for an image continues one trace', () => {
    expect(derivedTraceId(key, object)).toBe('c75afeb0bdc350b02d2d0854be0484be');
  });
});

describe('a key with characters that no list of a bucket can hold', () => {
  it('names the same image and study as its listed form does', () => {
    const told = { ...object, key: 'scan\u0001of\ud800.jpeg' };
    const listed = { ...object, key: 'scan\ufffdof\ufffd.jpeg' };
    expect(listedKeyOf(told.key)).toBe(listed.key);
    expect(imageIdOf(key, told)).toBe(imageIdOf(key, listed));
    expect(studyIdOf(key, told)).toBe(studyIdOf(key, listed));
  });

  it('shares no study with another name of the same listed form, unless the content is the same too', () => {
    const [one, other] = ['a\u0001', 'a\u0002'].map((name) => ({ ...object, key: name }));
    if (one === undefined || other === undefined) throw new Error('two objects are needed');
    expect(studyIdOf(key, { ...other, eTag: '0'.repeat(32) })).not.toBe(studyIdOf(key, one));
    expect(studyIdOf(key, { ...other, versionId: 'v2' })).not.toBe(studyIdOf(key, { ...one, versionId: 'v1' }));
    expect(studyIdOf(key, other)).toBe(studyIdOf(key, one));
    expect(imageIdOf(key, other)).toBe(imageIdOf(key, one));
  });

  it.each(['line\nbreak\t.jpeg', 'emoji 🫁.jpeg', 'Zoë', '%ED%A0%80', '../x'])('leaves %j as it is', (ordinary) => {
    expect(listedKeyOf(ordinary)).toBe(ordinary);
  });
});
