import { deflateSync } from 'node:zlib';
import type { UnreadableReason } from '@hilum/contracts';
import { drawRadiograph } from '@hilum/local';
import sharp from 'sharp';
import { markerAt, withClaimedSize, withOrientation, withSegment, withStrayBytes } from './jpeg.js';
import { PNG_FORMS, blackPng, withPngChunk, zlibOfZeros } from './png.js';

/** What an upload becomes: some score, or unreadable for one of these reasons. */
export type Expected = { kind: 'scored' } | { kind: 'unreadable'; reasons: readonly UnreadableReason[] };

/** How one way of uploading answers: taken, or refused with this code in the answer to the uploader. */
export type Answer = { kind: 'taken'; expected: Expected } | { kind: 'refused'; code: string };

export interface BadUpload {
  /** what is unusual about it; no two are the same */
  name: string;
  bytes: Buffer;
  contentType: string;
  /** Object key, and file name in a form. `unique` (letters and digits) is in it, so that it can be told from others. */
  keyOf: (unique: string) => string;
  /** the key as it goes over the wire, where percent codes of no valid text are wanted that no client would send */
  wireKeyOf?: (unique: string) => string;
  byPut: Answer;
  byHttp: Answer;
  /**
   * The store knows it by another name than it was told, so that its notification names nothing that is in its list.
   * The reconciler finds it, which takes a round.
   */
  isFoundByListing: boolean;
}

const MEBIBYTE = 1024 * 1024;
const SCORED: Expected = { kind: 'scored' };
const noise = Buffer.from('\xff\x00 nonsense that has no form \xde\xad', 'latin1');

const unreadable = (...reasons: UnreadableReason[]): Expected => ({ kind: 'unreadable', reasons });
const taken = (expected: Expected): Answer => ({ kind: 'taken', expected });

/** A radiograph of nobody, as good as those that are scored every day. */
export async function goodImage(seed: number): Promise<Buffer> {
  return (await drawRadiograph({ seed, finding: seed % 2 === 0 ? 'normal' : 'pneumonia' })).jpeg;
}

/** Bad images and bad names, made anew at each call; the same bytes each time. */
export async function badUploads(): Promise<BadUpload[]> {
  const good = await goodImage(1);
  return [...noImages(), ...truncated(good), ...(await unusualImages(good)), ...bombs(good), ...badNames(good)];
}

function badImage(
  name: string,
  bytes: Buffer,
  expected: Expected,
  { extension = 'jpeg', contentType = 'image/jpeg' }: { extension?: string; contentType?: string } = {},
): BadUpload {
  return {
    name,
    bytes,
    contentType,
    keyOf: (unique) => `bad/${unique}.${extension}`,
    byPut: taken(expected),
    byHttp: taken(expected),
    isFoundByListing: false,
  };
}

function noImages(): BadUpload[] {
  const unsupported = unreadable('unsupported-format');
  const text = (content: string): Buffer => Buffer.from(content, 'latin1');
  return [
    {
      ...badImage('an empty file', Buffer.alloc(0), unreadable('empty')),
      byHttp: { kind: 'refused', code: 'HILUM_INTAKE_EMPTY' },
    },
    badImage('text named .jpeg', text('Dear colleague, please find attached'), unsupported),
    badImage('a ZIP archive', text('PK\x03\x04\x14\0\0\0\x08\0'), unsupported, { extension: 'zip' }),
    badImage('an HTML page', text('<!doctype html><script>alert(1)</script>'), unsupported, {
      extension: 'html',
      contentType: 'text/html',
    }),
    badImage('a PDF', text('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n'), unsupported, { extension: 'pdf' }),
    badImage('an SVG that names a file', text('<svg xmlns="http://www.w3.org/2000/svg"/>'), unsupported, {
      extension: 'svg',
      contentType: 'image/svg+xml',
    }),
    badImage('a header as of HEIC', text('\0\0\0\x18ftypheic\0\0\0\0mif1heic'), unsupported, { extension: 'heic' }),
    badImage('64 KiB of zeros', Buffer.alloc(65_536), unsupported),
  ];
}

function truncated(good: Buffer): BadUpload[] {
  const share = (percent: number): number => Math.floor((good.length * percent) / 100);
  const cuts: [string, number, UnreadableReason][] = [
    ['after 1 byte', 1, 'unsupported-format'],
    ['after 2 bytes', 2, 'unsupported-format'],
    ['after 20 bytes', 20, 'corrupt'],
    ['inside its tables', markerAt(good, 0xdb) + 30, 'corrupt'],
    ['before its pixels', markerAt(good, 0xda), 'corrupt'],
    ['after 10 %', share(10), 'corrupt'],
    ['after 30 %', share(30), 'corrupt'],
    ['after 50 %', share(50), 'corrupt'],
    ['after 90 %', share(90), 'corrupt'],
    ['before its last 2 bytes', good.length - 2, 'corrupt'],
  ];
  const middle = share(50);
  return [
    ...cuts.map(([where, length, reason]) =>
      badImage(`a JPEG that ends ${where}`, good.subarray(0, length), unreadable(reason)),
    ),
    badImage(
      'a JPEG without its second half, but with an end',
      Buffer.concat([good.subarray(0, middle), Buffer.from([0xff, 0xd9])]),
      unreadable('corrupt'),
    ),
    badImage(
      'a JPEG that lacks a block in its middle',
      Buffer.concat([good.subarray(0, middle), good.subarray(share(60))]),
      unreadable('corrupt'),
    ),
  ];
}

async function unusualImages(good: Buffer): Promise<BadUpload[]> {
  const png = await sharp(good).png().toBuffer();
  const small = await sharp(good).resize(64, 128, { fit: 'fill' }).toColourspace('srgb').raw().toBuffer();
  const frames = sharp(small, { raw: { width: 64, height: 128, channels: 3, pageHeight: 64 } });
  const unsupported = unreadable('unsupported-format');
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), noise]);
  const icc = Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), noise]);
  const html = Buffer.from('<html><body onload="alert(1)">');
  return [
    badImage('a PNG named .jpeg', png, SCORED),
    badImage('a JPEG named .png', good, SCORED, { extension: 'png', contentType: 'image/png' }),
    badImage('a CMYK JPEG', await sharp(good).toColourspace('cmyk').jpeg().toBuffer(), SCORED),
    badImage('an animated GIF', await frames.clone().gif().toBuffer(), unsupported, { extension: 'gif' }),
    badImage('an animated WebP', await frames.clone().webp().toBuffer(), unsupported, { extension: 'webp' }),
    badImage('a 16-bit PNG', await sharp(good).toColourspace('grey16').png().toBuffer(), SCORED, { extension: 'png' }),
    badImage('a 16-bit TIFF', await sharp(good).toColourspace('grey16').tiff().toBuffer(), SCORED, {
      extension: 'tiff',
    }),
    badImage('a single pixel', await sharp(good).resize(1, 1).png().toBuffer(), unreadable('too-small')),
    badImage('a malformed colour profile', withSegment(good, 0xe2, icc), SCORED),
    badImage('a malformed EXIF block', withSegment(good, 0xe1, exif), SCORED),
    ...[1, 2, 3, 4, 5, 6, 7, 8, 0, 9, 65_535].map((orientation) =>
      badImage(`an EXIF orientation of ${orientation}`, withOrientation(good, orientation), SCORED),
    ),
    badImage('an EXIF orientation that is text', withOrientation(good, 6, true), SCORED),
    badImage('a JPEG with stray bytes behind its tables', withStrayBytes(good), SCORED),
    badImage('a JPEG with a ZIP archive behind it', Buffer.concat([good, Buffer.from('PK\x03\x04payload')]), SCORED),
    badImage('a JPEG with HTML in a comment', withSegment(good, 0xfe, html), SCORED),
    badImage('a PNG with HTML behind it', Buffer.concat([png, html]), SCORED, { extension: 'html' }),
  ];
}

function bombs(good: Buffer): BadUpload[] {
  const tooMany = unreadable('too-many-pixels');
  const asPng = { extension: 'png', contentType: 'image/png' };
  const small = blackPng(64, 64, PNG_FORMS.grey8);
  const named = (content: Buffer): Buffer => Buffer.concat([Buffer.from('bomb\0\0', 'latin1'), content]);
  return [
    badImage('a PNG of 30,000 x 30,000', blackPng(30_000, 30_000, PNG_FORMS.grey1), tooMany, asPng),
    badImage('a JPEG that claims 30,000 x 30,000', withClaimedSize(good, 30_000, 30_000), tooMany),
    badImage('a JPEG that claims more rows than it has', withClaimedSize(good, 4_000, 9_000), unreadable('corrupt')),
    badImage('a JPEG that claims no rows', withClaimedSize(good, 4_000, 0), unreadable('corrupt')),
    badImage('a bomb of 20,000 x 20,000', blackPng(20_000, 20_000, PNG_FORMS.grey8), tooMany, asPng),
    // just within the limit on pixels: what it costs is bounded otherwise
    badImage('a bomb of 10,000 x 10,000', blackPng(10_000, 10_000, PNG_FORMS.grey8), unreadable('no-contrast'), asPng),
    badImage(
      'a bomb of 10,000 x 10,000 in 16-bit colour',
      blackPng(10_000, 10_000, PNG_FORMS.rgba16),
      unreadable('too-many-pixels'),
      asPng,
    ),
    badImage(
      'a text chunk of 512 MiB, packed',
      withPngChunk(small, 'zTXt', named(zlibOfZeros(512 * MEBIBYTE))),
      unreadable('no-contrast', 'corrupt'),
      asPng,
    ),
    badImage(
      'a colour profile of 512 MiB, packed',
      withPngChunk(small, 'iCCP', named(zlibOfZeros(512 * MEBIBYTE))),
      unreadable('no-contrast', 'corrupt'),
      asPng,
    ),
    badImage(
      'a malformed colour profile in a PNG',
      withPngChunk(small, 'iCCP', named(deflateSync(noise))),
      unreadable('no-contrast'),
      asPng,
    ),
  ];
}

function badNames(good: Buffer): BadUpload[] {
  const named = (name: string, keyOf: (unique: string) => string, changed: Partial<BadUpload> = {}): BadUpload => ({
    ...badImage(name, good, SCORED),
    keyOf,
    ...changed,
  });
  const listed = { isFoundByListing: true };
  return [
    named('a line break in its name', (unique) => `${unique}\nsecond line.jpeg`),
    named('a quote in its name', (unique) => `${unique}'s.jpeg`),
    named('a double quote in its name', (unique) => `${unique}".jpeg`),
    named('a backslash in its name', (unique) => `${unique}\\chest.jpeg`),
    named('an emoji in its name', (unique) => `${unique} 🫁.jpeg`),
    named('percent codes in its name', (unique) => `${unique} 100%25%2F..%00.jpeg`),
    named('broken percent codes in its name', (unique) => `${unique} 50%zz%.jpeg`),
    named('percent codes of half a character in its name', (unique) => `${unique}%ED%A0%80.jpeg`),
    named('a dot before its name', (unique) => `.${unique}.jpeg`),
    named('a name of 1,000 characters', (unique) => `${unique.padEnd(99, 'n')}/`.repeat(10).slice(0, 999) + 'x'),
    named('a name of 1,000 characters without a slash', (unique) => unique.padEnd(1_000, 'n'), {
      byPut: { kind: 'refused', code: 'KeyTooLongError' },
    }),
    // the store's web server refuses the path before the store names a code
    named('a name that climbs out of the bucket', (unique) => `../../etc/passwd${unique}`, {
      byPut: { kind: 'refused', code: '400' },
    }),
    named('a name that climbs within the bucket', (unique) => `up/../${unique}.jpeg`, listed),
    named('a name with an empty folder', (unique) => `folder//${unique}.jpeg`, listed),
    named('a name that begins with a slash', (unique) => `/${unique}.jpeg`, listed),
    named('a space behind its name', (unique) => `${unique} `),
    named('a plus sign in its name', (unique) => `${unique}+1.jpeg`),
    named('markup in its name', (unique) => `${unique}<b>&amp;]]>.jpeg`),
    named('a control character in its name', (unique) => `${unique}\u0001.jpeg`, {
      // HTTP has no place for it in the header of a form's part
      byHttp: { kind: 'refused', code: 'HILUM_INTAKE_BODY_INVALID' },
    }),
    // The store keeps it and lists it, but under a name that no request can ask for.
    named('half a character in its name', (unique) => `${unique}\ufffd.jpeg`, {
      ...listed,
      wireKeyOf: (unique) => `${unique}%ED%A0%80.jpeg`,
      byPut: taken(unreadable('scoring-failed')),
    }),
  ];
}
