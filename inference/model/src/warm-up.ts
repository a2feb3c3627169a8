import type { DecodeLimits } from './decode.js';
import { sharp } from './image-library.js';
import type { Model } from './model.js';
import { scoreImage } from './score-image.js';

/** As small as a real radiograph gets; what takes long the first time does not depend on the size. */
const SIDE = 512;

/**
 * Scores one made-up image as every other is: decoding, gate, network and heat map. The first of a process takes several
 * times as long as those after it, and nobody should wait for that.
 * @returns whether all of the way was gone; false when the release's gate lets nothing like it through
 */
export async function warmUp(model: Model, limits: DecodeLimits): Promise<boolean> {
  const width = Math.max(SIDE, model.release.gate.minWidth);
  const height = Math.max(SIDE, model.release.gate.minHeight);
  const fromDarkToBright = Buffer.from(
    Array.from({ length: width * height }, (_, at) => Math.floor((256 * (at % width)) / width)),
  );
  const image = await sharp(fromDarkToBright, { raw: { width, height, channels: 1 } })
    .jpeg()
    .toBuffer();
  const { finding } = await scoreImage(image, model, { limits });
  return finding.kind === 'scored';
}
