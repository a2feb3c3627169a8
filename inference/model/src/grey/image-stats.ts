import type { InputDescription } from '@hilum/contracts';
import type { GreyImage } from '../decode.js';
import { endsOf, pixelSumsOf, type Rectangle } from './grey-kernel.js';

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
/** Of a line of pixels from which share of sunk ones on it shows nothing, where an image was padded to another shape. */
const BAR_SHARE = 0.98;
/** Of a side's length: more than so much at one end is no padding but an image that is too dark. */
const WIDEST_BAR = 1 / 3;

/** Shares of the pixels inside the image, 0..1. */
export interface Exposure {
  white: number;
  black: number;
}

/**
 * How much of an image shows nothing because it is burnt out to white or sunk to black. Black bars along its sides, with which
 * programs make a square of what is none, are not part of it: they would be taken for an exposure that is too low.
 */
export function exposureOf({ data, width, height }: GreyImage): Exposure {
  const isBar = (first: number, step: number, count: number): boolean => {
    const most = count - BAR_SHARE * count;
    for (let nth = 0, shown = 0; nth < count; nth += 1) {
      if ((data[first + nth * step] ?? 0) > BLACK) shown += 1;
      if (shown > most) return false;
    }
    return true;
  };
  const [top, bottom] = barsOf(height, (row) => isBar(row * width, 1, width));
  const rows = height - top - bottom;
  const [left, right] = barsOf(width, (column) => isBar(top * width + column, width, rows));
  const inside = middleOf({ left, top, width: width - left - right, height: rows });
  const { black, white } = endsOf(data, width, inside, { black: BLACK, white: WHITE });
  const count = inside.width * inside.height;
  return { white: white / count, black: black / count };
}

/** How many lines at the beginning and at the end of a side are bars. */
function barsOf(lines: number, isBar: (line: number) => boolean): [number, number] {
  const most = Math.floor(lines * WIDEST_BAR);
  let begin = 0;
  while (begin < most && isBar(begin)) begin += 1;
  let end = 0;
  while (end < most && isBar(lines - 1 - end)) end += 1;
  return [begin, end];
}

function middleOf({ left, top, width, height }: Rectangle): Rectangle {
  const [across, down] = [Math.floor(width * BORDER), Math.floor(height * BORDER)];
  return { left: left + across, top: top + down, width: width - 2 * across, height: height - 2 * down };
}
