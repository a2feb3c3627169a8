import type { InputDescription } from '@hilum/contracts';
import type { GreyImage } from './decode.js';

export type ImageStats = NonNullable<InputDescription['stats']>;

/** Mean, population standard deviation and extremes of a grey image, pixel values 0..1. */
export function imageStatsOf(image: GreyImage): ImageStats {
  let sum = 0;
  let sumOfSquares = 0;
  let min = 255;
  let max = 0;
  for (const value of image.data) {
    sum += value;
    sumOfSquares += value * value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const count = image.data.length;
  const mean = sum / count;
  const variance = Math.max(0, sumOfSquares / count - mean * mean);
  return { mean: mean / 255, std: Math.sqrt(variance) / 255, min: min / 255, max: max / 255 };
}
