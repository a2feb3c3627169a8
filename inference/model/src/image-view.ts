import type { Correction } from '@hilum/contracts';
import type { GreyImage } from './decode.js';

/** How an image is to be looked at: inverted or not, and turned clockwise by so many degrees. */
export interface View {
  isInverted: boolean;
  turn: 0 | 90 | 180 | 270;
}

export const AS_IT_IS: View = { isInverted: false, turn: 0 };

/** The image seen so, width and height changing places with a quarter turn; the image itself is left alone. */
export function seenAs(image: GreyImage, { isInverted, turn }: View): GreyImage {
  const { data, width, height } = turned(image, turn);
  return { data: isInverted ? data.map((value) => 255 - value) : data, width, height };
}

export function correctionsOf({ isInverted, turn }: View): Correction[] {
  return [...(isInverted ? (['inverted'] as const) : []), ...(turn === 0 ? [] : ([`turned-${turn}`] as const))];
}

function turned(image: GreyImage, turn: View['turn']): GreyImage {
  const { data, width, height } = image;
  if (turn === 0) return image;
  if (turn === 180) return { data: data.slice().reverse(), width, height };
  const result = new Uint8Array(data.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [toX, toY] = turn === 90 ? [height - 1 - y, x] : [y, width - 1 - x];
      result[toY * height + toX] = data[y * width + x] ?? 0;
    }
  }
  return { data: result, width: height, height: width };
}
