import type { GreyImage } from '../decode.js';
import type { Release } from '../release.js';
import { scaledPixelsOf } from './grey-kernel.js';

/**
 * The network's input, NCHW with batch 1: every channel gets the grey image as (pixel · scale − mean) / std.
 * @throws RangeError when the image does not have the release's input size
 */
export function inputTensorOf(image: GreyImage, release: Pick<Release, 'input' | 'preprocessing'>): Float32Array {
  const { width, height, channels } = release.input;
  if (image.width !== width || image.height !== height)
    throw new RangeError(`expected a ${width} x ${height} image but got ${image.width} x ${image.height}`);
  const { scale, mean, std } = release.preprocessing;
  const numbersOf = (channel: number): Float32Array => {
    const deviation = std[channel] ?? 1;
    return scaledPixelsOf(image.data, scale / deviation, (mean[channel] ?? 0) / deviation);
  };
  if (channels === 1) return numbersOf(0);
  const area = width * height;
  const tensor = new Float32Array(channels * area);
  for (let channel = 0; channel < channels; channel += 1) {
    const isAsBefore = channel > 0 && mean[channel] === mean[channel - 1] && std[channel] === std[channel - 1];
    if (isAsBefore) tensor.copyWithin(channel * area, (channel - 1) * area, channel * area);
    else tensor.set(numbersOf(channel), channel * area);
  }
  return tensor;
}
