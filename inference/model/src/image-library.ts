import sharp from 'sharp';
import { SharedLock } from './shared-lock.js';

// Settings of libvips are global to the process, so they are made once, where sharp is imported.
// No operation cache: no image comes twice, and it would hold the pixels of patients already done.
sharp.cache(false);
// One thread an image: images are scored side by side, and more threads would only fight over the same cores.
sharp.concurrency(1);
// libvips chooses its loader by content too. With all others blocked a polyglot cannot reach a loader we do not offer.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegBuffer',
    'VipsForeignLoadPngBuffer',
    'VipsForeignLoadTiffBuffer',
    'VipsForeignLoadWebpBuffer',
    'VipsForeignLoadNsgifBuffer',
  ],
});

/**
 * libvips keeps one text of errors for the whole process: of two images that fail side by side, each may be told the
 * other's fault, or none. So all work of the library is shared, and who must know why something fails works alone.
 */
export const libraryLock = new SharedLock();

export { sharp };
