import sharp from 'sharp';

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

export { sharp };
