import type { InputDescription } from '@hilum/contracts';
import type { GreyImage } from '../decode.js';
import { endsOf, pixelSumsOf } from './grey-kernel.js';

export type ImageStats = NonNullable<InputDescription['stats']>;

/** Mean, population standard deviation and extremes of a grey image, pixel values 0..1. */
export function imageStatsOf({ data }: GreyImage): ImageStats {
  const { sum, sumOfSquares, min, max } = pixelSumsOf(data);
  const mean = sum / data.length;
  const variance = Math.max(0, sumOfSquares / data.length - mean * mean);
  return { mean: mean / 255, std: Math.sqrt(variance) / 255, min: min / 255, max: max / 255 };
}

/** Grey values, 0..255, from which on a pixel is burnt out, and up to which it is sunk; a lossy file blurs the ends. */
const WHITE = 250;
const BLACK = 5;
/** Share of each side that is left out: there collimation is black and markers are white. */
const BORDER = 0.15;

/** Shares of the pixels inside the image, 0..1. */
export interface Exposure {
  white: number;
  black: number;
}

/** How much of an image shows nothing because it is burnt out to white or sunk to black. */
export function exposureOf({ data, width, height }: GreyImage): Exposure {
  const top = Math.floor(height * BORDER);
  const left = Math.floor(width * BORDER);
  const inside = { left, top, width: width - 2 * left, height: height - 2 * top };
  const { black, white } = endsOf(data, width, inside, { black: BLACK, white: WHITE });
  const count = inside.width * inside.height;
  return { white: white / count, black: black / count };
}
