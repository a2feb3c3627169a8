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
    const isAsBefore = channel > 0 && mean[channel] === mean[channel - 1] && std[channel] === std[channel - 1];
    if (isAsBefore) tensor.copyWithin(channel * area, (channel - 1) * area, channel * area);
    else fill(tensor, channel * area, image, scale / (std[channel] ?? 1), (mean[channel] ?? 0) / (std[channel] ?? 1));
  }
  return tensor;
}

/** There are only 256 values: looking them up is several times faster than computing each. */
function fill(tensor: Float32Array, start: number, { data }: GreyImage, factor: number, offset: number): void {
  const values = new Float32Array(256);
  for (let grey = 0; grey < 256; grey += 1) values[grey] = grey * factor - offset;
  for (let index = 0; index < data.length; index += 1) tensor[start + index] = values[data[index] ?? 0] ?? 0;
}
