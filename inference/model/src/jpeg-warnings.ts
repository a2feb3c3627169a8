/**
 * libjpeg-turbo's and MozJPEG's warnings, all there are (`JWRN_…` in their jerror.h), by what they say of the pixels.
 *
 * - `lost-pixels`: a scan ends too early, cannot be read on, or lacks a piece. The file may well end properly (a transfer
 *   that lost a block, a device that closes what it could not finish), yet half a lung must not be scored.
 * - `harmless`: what real devices write and what touches no pixel; {@link withoutHarmlessFaults} puts it right.
 */
const WARNINGS: readonly { text: RegExp; class: 'harmless' | 'lost-pixels' }[] = [
  // read as YCbCr or YCCK, as if the code were not there
  { text: /Unknown Adobe color transform code/, class: 'harmless' },
  { text: /bad arithmetic code/, class: 'lost-pixels' },
  // a scan of a progressive image is missing
  { text: /Inconsistent progression sequence/, class: 'lost-pixels' },
  // only as long as they are not within the pixels: there they mean that the decoder lost its place
  { text: /extraneous bytes before marker/, class: 'harmless' },
  { text: /premature end of data segment/, class: 'lost-pixels' },
  { text: /bad Huffman code/, class: 'lost-pixels' },
  { text: /unknown JFIF revision/, class: 'harmless' },
  { text: /Premature end of JPEG file/, class: 'lost-pixels' },
  { text: /found marker 0x[0-9a-f]+ instead of RST/, class: 'lost-pixels' },
  // numbers that only progressive images use
  { text: /Invalid SOS parameters for sequential JPEG/, class: 'harmless' },
  // of a caller that reads on below the last row; no file brings it about
  { text: /Application transferred too many scanlines/, class: 'lost-pixels' },
  // profiles are not read
  { text: /bad ICC marker/, class: 'harmless' },
];

/** Whether a decoder's text tells of harmless warnings and of no other; what is not known is not harmless. */
export function isHarmlessWarning(message: string): boolean {
  const told = WARNINGS.filter(({ text }) => text.test(message));
  return told.length > 0 && told.every((warning) => warning.class === 'harmless');
}
