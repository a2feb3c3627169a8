import type { GreyImage } from '../decode.js';
import type { Release } from '../release.js';
import { scalePixels } from './grey-kernel.js';

/**
 * Tensors that can be used again. New memory for each image would cost two hundredths of what the image does: it is filled with
 * zeros first, and V8 looks for garbage whenever so much of it has come together.
 */
const spare: Float32Array[] = [];
/** More are never in use at once but where many images wait for one session. */
const MOST_SPARE = 4;

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
  const tensor = tensorOf(channels * area);
  for (let channel = 0; channel < channels; channel += 1) {
    const isAsBefore = channel > 0 && mean[channel] === mean[channel - 1] && std[channel] === std[channel - 1];
    const at = channel * area;
    if (isAsBefore) {
      tensor.copyWithin(at, at - area, at);
      continue;
    }
    const deviation = std[channel] ?? 1;
    const offset = (mean[channel] ?? 0) / deviation;
    scalePixels(image.data, scale / deviation, offset, tensor.subarray(at, at + area));
  }
  return tensor;
}

/**
 * What is made of {@link inputTensorOf} an image.
 * @param use has done with the tensor when it is through; it may hand its memory to another thread
 * @throws RangeError as {@link inputTensorOf}
 */
export async function withInputTensor<Result>(
  image: GreyImage,
  release: Pick<Release, 'input' | 'preprocessing'>,
  use: (tensor: Float32Array) => Promise<Result>,
): Promise<Result> {
  const tensor = inputTensorOf(image, release);
  const result = await use(tensor);
  const isStillHere = tensor.length > 0;
  if (isStillHere && spare.length < MOST_SPARE) spare.push(tensor);
  return result;
}

function tensorOf(length: number): Float32Array {
  const used = spare.pop();
  return used?.length === length ? used : new Float32Array(length);
}
