/** Second bytes of markers (ITU-T T.81, table B.1). */
const SOF0 = 0xc0;
const SOF1 = 0xc1;
const SOF9 = 0xc9;
const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;
const EOI = 0xd9;
const SOS = 0xda;
const APP0 = 0xe0;
const APP2 = 0xe2;
const APP14 = 0xee;
const ADOBE_TRANSFORM_AT = 11;

interface Segment {
  marker: number;
  /** of its 0xff */
  start: number;
  end: number;
}

/**
 * The same JPEG without the faults that a decoder warns of though no pixel is touched, so that it can be decoded with
 * every warning an error: stray bytes between segments, an unknown JFIF revision or Adobe transform code, progressive
 * numbers in a sequential scan, and colour profiles. Each is set to what libjpeg assumes anyway. Nothing within a scan
 * is changed.
 * @returns null when there is nothing to put right
 */
export function withoutHarmlessFaults(jpeg: Uint8Array): Buffer | null {
  const file = Buffer.from(jpeg);
  const kept: Buffer[] = [file.subarray(0, 2)];
  let isChanged = false;
  let isSequential = false;
  let components = 0;
  let adobe: Buffer | null = null;
  const set = (content: Buffer, at: number, value: number): void => {
    if (at >= content.length || content[at] === value) return;
    content[at] = value;
    isChanged = true;
  };

  let at = 2;
  for (let segment = nextSegment(file, at); segment !== null; segment = nextSegment(file, at)) {
    const { marker, start, end } = segment;
    if (start > at) isChanged = true;
    const content = file.subarray(start + 4, end);
    at = end;
    if (marker === APP2 && content.subarray(0, 12).toString('latin1') === 'ICC_PROFILE\0') {
      isChanged = true;
      continue;
    }
    if (marker === APP0 && content.subarray(0, 5).toString('latin1') === 'JFIF\0') set(content, 5, 1);
    if (marker === APP14 && content.subarray(0, 5).toString('latin1') === 'Adobe') adobe = content;
    if (isFrameHeader(marker)) {
      isSequential = marker === SOF0 || marker === SOF1 || marker === SOF9;
      components = content[5] ?? 0;
    }
    if (marker === SOS) {
      const parameters = 1 + 2 * (content[0] ?? 0);
      if (isSequential) [0, 63, 0].forEach((value, index) => set(content, parameters + index, value));
      at = endOfScan(file, end);
    }
    kept.push(file.subarray(start, at));
    if (marker === EOI) break;
  }
  const transform = adobe?.[ADOBE_TRANSFORM_AT];
  const usual = components === 4 ? 2 : 1;
  if (adobe !== null && components >= 3 && transform !== 0) set(adobe, ADOBE_TRANSFORM_AT, usual);
  return isChanged ? Buffer.concat([...kept, file.subarray(at)]) : null;
}

/** The next marker with what belongs to it, as libjpeg finds it; null when there is none or the file ends within. */
function nextSegment(file: Buffer, from: number): Segment | null {
  for (let at = file.indexOf(0xff, from); at !== -1; at = file.indexOf(0xff, at + 1)) {
    const marker = file[at + 1];
    if (marker === undefined) return null;
    // fill bytes, or a byte 0xff among stray ones
    if (marker === 0xff || marker === 0) continue;
    if (isWithoutContent(marker)) return { marker, start: at, end: at + 2 };
    if (at + 4 > file.length) return null;
    const end = at + 2 + file.readUInt16BE(at + 2);
    return end < at + 4 || end > file.length ? null : { marker, start: at, end };
  }
  return null;
}

/** TEM, RST0…7, SOI, EOI */
function isWithoutContent(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= EOI);
}

function isFrameHeader(marker: number): boolean {
  return marker >= SOF0 && marker <= 0xcf && marker !== DHT && marker !== JPG && marker !== DAC;
}

/** Where the pixels of a scan end: at the first marker that is none of a restart. */
function endOfScan(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at !== -1; at = file.indexOf(0xff, at + 1)) {
    const next = file[at + 1] ?? 0;
    const isWithin = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7);
    if (!isWithin) return at;
  }
  return file.length;
}
