import { describe, expect, it } from 'vitest';
import { isHarmlessWarning } from './jpeg-warnings.js';

/** Every warning of libjpeg-turbo and MozJPEG as it is printed. */
const HARMLESS = [
  'Unknown Adobe color transform code 7',
  'Corrupt JPEG data: 5 extraneous bytes before marker 0xdb',
  'Warning: unknown JFIF revision number 3.00',
  'Invalid SOS parameters for sequential JPEG',
  'Corrupt JPEG data: bad ICC marker',
];
const LOST_PIXELS = [
  'Corrupt JPEG data: bad arithmetic code',
  'Inconsistent progression sequence for component 0 coefficient 1',
  'Corrupt JPEG data: premature end of data segment',
  'Corrupt JPEG data: bad Huffman code',
  'Premature end of JPEG file',
  'Corrupt JPEG data: found marker 0xd9 instead of RST3',
  'Application transferred too many scanlines',
];

describe('a warning of the JPEG decoder', () => {
  it.each(HARMLESS)('is harmless when it says %j', (text) => {
    expect(isHarmlessWarning(`VipsJpeg: ${text}`)).toBe(true);
  });

  it.each(LOST_PIXELS)('is of lost pixels when it says %j, alone or beside harmless ones', (text) => {
    expect(isHarmlessWarning(`VipsJpeg: ${text}`)).toBe(false);
    expect(isHarmlessWarning(['', ...HARMLESS, text].join('\nVipsJpeg: '))).toBe(false);
  });

  it.each(['', 'timeout: 40% complete', 'Corrupt JPEG data: of a kind that is not known yet'])(
    'is not harmless when it is unknown, as %j',
    (text) => {
      expect(isHarmlessWarning(text)).toBe(false);
    },
  );
});
