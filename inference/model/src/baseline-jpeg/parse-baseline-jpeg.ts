import type { HuffmanTable } from './huffman-table.js';

/** Second bytes of markers (ITU-T T.81, table B.1). */
const SOF0 = 0xc0;
const SOF1 = 0xc1;
const DHT = 0xc4;
const SOI = 0xd8;
const SOS = 0xda;
const DQT = 0xdb;
const DRI = 0xdd;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP15 = 0xef;
const COM = 0xfe;

/** A grey baseline JPEG taken apart, its pixels still coded. */
export interface BaselineJpeg {
  width: number;
  height: number;
  /** 64 divisors in zigzag order */
  quantisation: Uint16Array;
  dc: HuffmanTable;
  ac: HuffmanTable;
  /** blocks between two restarts, 0 for none */
  restartInterval: number;
  /** where the coded pixels begin */
  scanStart: number;
}

/**
 * Takes apart what most radiographs kept as JPEG are: grey, 8 bits, sequential, one scan, upright. Nothing is put right
 * or guessed: null for every other file, damaged ones among them, which are for the library that knows all of JPEG.
 */
export function parseBaselineJpeg(file: Uint8Array): BaselineJpeg | null {
  if (file[0] !== 0xff || file[1] !== SOI) return null;
  const quantisations: (Uint16Array | undefined)[] = [];
  const tables: { dc: (HuffmanTable | undefined)[]; ac: (HuffmanTable | undefined)[] } = { dc: [], ac: [] };
  let frame: { width: number; height: number; component: number; quantisation: number } | null = null;
  let restartInterval = 0;
  for (let at = 2; at + 4 <= file.length;) {
    const marker = file[at + 1] ?? 0;
    const end = at + 2 + wordAt(file, at + 2);
    if (file[at] !== 0xff || end < at + 4 || end > file.length) return null;
    const content = file.subarray(at + 4, end);
    at = end;
    if (marker === DQT) {
      if (!readQuantisations(content, quantisations)) return null;
    } else if (marker === DHT) {
      if (!readTables(content, tables)) return null;
    } else if (marker === DRI) {
      if (content.length !== 2) return null;
      restartInterval = wordAt(content, 0);
    } else if (marker === SOF0 || marker === SOF1) {
      if (frame !== null || content.length !== 9 || content[0] !== 8 || content[5] !== 1) return null;
      const [height, width] = [wordAt(content, 1), wordAt(content, 3)];
      if (height === 0 || width === 0) return null;
      frame = { width, height, component: content[6] ?? 0, quantisation: content[8] ?? 0 };
    } else if (marker === SOS) {
      const [count, component, tableIds = 0, from, to, approximation] = content;
      const isWhole = content.length === 6 && count === 1 && from === 0 && to === 63 && approximation === 0;
      if (frame === null || !isWhole || component !== frame.component) return null;
      const quantisation = quantisations[frame.quantisation];
      const dc = tables.dc[tableIds >>> 4];
      const ac = tables.ac[tableIds & 15];
      if (quantisation === undefined || dc === undefined || ac === undefined) return null;
      const { width, height } = frame;
      return { width, height, quantisation, dc, ac, restartInterval, scanStart: end };
    } else if (!isPassedOver(marker, content)) return null;
  }
  return null;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Notes that say nothing of the pixels. EXIF may turn the image, so whoever reads EXIF must decode it. */
function isPassedOver(marker: number, content: Uint8Array): boolean {
  if (marker === COM) return true;
  if (marker < APP0 || marker > APP15) return false;
  if (marker === APP0) return startsWith(content, 'JFIF\0') ? content[5] === 1 : true;
  if (marker === APP1) return !startsWith(content, 'Exif');
  return !startsWith(content, 'Adobe');
}

function startsWith(content: Uint8Array, text: string): boolean {
  return content.length >= text.length && [...text].every((sign, index) => content[index] === sign.charCodeAt(0));
}

function readQuantisations(content: Uint8Array, into: (Uint16Array | undefined)[]): boolean {
  for (let at = 0; at < content.length;) {
    const head = content[at] ?? 0;
    const isWide = head >>> 4 === 1;
    const length = isWide ? 128 : 64;
    if (head >>> 4 > 1 || (head & 15) > 3 || at + 1 + length > content.length) return false;
    const values = content.subarray(at + 1, at + 1 + length);
    into[head & 15] = isWide
      ? Uint16Array.from({ length: 64 }, (_, index) => wordAt(values, 2 * index))
      : new Uint16Array(values);
    at += 1 + length;
  }
  return true;
}

/** Sizes of baseline values: 11 bits for the difference of two means, 10 for all else. */
const MOST_DC_BITS = 11;
const MOST_AC_BITS = 10;

function readTables(
  content: Uint8Array,
  into: { dc: (HuffmanTable | undefined)[]; ac: (HuffmanTable | undefined)[] },
): boolean {
  for (let at = 0; at < content.length;) {
    const head = content[at] ?? 0;
    const counts = content.subarray(at + 1, at + 17);
    const length = counts.reduce((sum, count) => sum + count, 0);
    const symbols = content.subarray(at + 17, at + 17 + length);
    const isAc = head >>> 4 === 1;
    if (head >>> 4 > 1 || (head & 15) > 3 || counts.length < 16 || symbols.length < length || length > 256)
      return false;
    if (!symbols.every((symbol) => (isAc ? (symbol & 15) <= MOST_AC_BITS : symbol <= MOST_DC_BITS))) return false;
    into[isAc ? 'ac' : 'dc'][head & 15] = { counts, symbols };
    at += 17 + length;
  }
  return true;
}
