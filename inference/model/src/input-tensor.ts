import type { GreyImage } from './decode.js';
import type { Release } from './release.js';

/**
 * The network's input, NCHW with batch 1: every channel gets the grey image as (pixel · scale − mean) / std.
 * @throws RangeError when the image does not have the release's input size
 */
export function inputTensorOf(image: GreyImage, release: Pick<Release, 'input' | 'preprocessing'>): Float32Array {
  const { width, height, channels } = release.input;
  if (image.width !== width || image.height !== height)
    throw new RangeError(`expected a ${width} x ${height} image but got ${image.width} x ${image.height}`);
  const { scale, mean, std } = release.preprocessing;
  const area = width * height;
  const tensor = new Float32Array(channels * area);
  for (let channel = 0; channel < channels; channel += 1) {
    const factor = scale / (std[channel] ?? 1);
    const offset = (mean[channel] ?? 0) / (std[channel] ?? 1);
    const start = channel * area;
    for (let index = 0; index < area; index += 1) tensor[start + index] = (image.data[index] ?? 0) * factor - offset;
  }
  return tensor;
}
