import { smoothStep, type Field } from './field.js';

/**
 * Capital letters, digits and a few signs, 5 × 7, a row a number with the leftmost dot in the highest of five bits.
 * A font of our own, because a fresh machine need not have any installed.
 */
const GLYPHS: Record<string, readonly number[]> = {
  A: [14, 17, 17, 31, 17, 17, 17],
  B: [30, 17, 17, 30, 17, 17, 30],
  C: [14, 17, 16, 16, 16, 17, 14],
  D: [30, 17, 17, 17, 17, 17, 30],
  E: [31, 16, 16, 30, 16, 16, 31],
  F: [31, 16, 16, 30, 16, 16, 16],
  G: [14, 17, 16, 23, 17, 17, 15],
  H: [17, 17, 17, 31, 17, 17, 17],
  I: [14, 4, 4, 4, 4, 4, 14],
  J: [7, 2, 2, 2, 2, 18, 12],
  K: [17, 18, 20, 24, 20, 18, 17],
  L: [16, 16, 16, 16, 16, 16, 31],
  M: [17, 27, 21, 21, 17, 17, 17],
  N: [17, 25, 21, 19, 17, 17, 17],
  O: [14, 17, 17, 17, 17, 17, 14],
  P: [30, 17, 17, 30, 16, 16, 16],
  Q: [14, 17, 17, 17, 21, 18, 13],
  R: [30, 17, 17, 30, 20, 18, 17],
  S: [15, 16, 16, 14, 1, 1, 30],
  T: [31, 4, 4, 4, 4, 4, 4],
  U: [17, 17, 17, 17, 17, 17, 14],
  V: [17, 17, 17, 17, 17, 10, 4],
  W: [17, 17, 17, 21, 21, 27, 17],
  X: [17, 17, 10, 4, 10, 17, 17],
  Y: [17, 17, 10, 4, 4, 4, 4],
  Z: [31, 1, 2, 4, 8, 16, 31],
  0: [14, 17, 19, 21, 25, 17, 14],
  1: [4, 12, 4, 4, 4, 4, 14],
  2: [14, 17, 1, 6, 8, 16, 31],
  3: [30, 1, 1, 14, 1, 1, 30],
  4: [2, 6, 10, 18, 31, 2, 2],
  5: [31, 16, 30, 1, 1, 17, 14],
  6: [14, 16, 16, 30, 17, 17, 14],
  7: [31, 1, 2, 4, 4, 4, 4],
  8: [14, 17, 17, 14, 17, 17, 14],
  9: [14, 17, 17, 15, 1, 1, 14],
  '-': [0, 0, 0, 14, 0, 0, 0],
  ':': [0, 4, 0, 0, 0, 4, 0],
  '.': [0, 0, 0, 0, 0, 12, 12],
  ' ': [0, 0, 0, 0, 0, 0, 0],
};

const COLUMNS = 5;
const ROWS = 7;
const ADVANCE = 6;

/**
 * Writes one line of white text onto a film of grey values.
 * @param size pixels a dot; 7 dots are a capital's height
 * @throws RangeError for a character the font lacks
 */
export function drawText(film: Field, text: string, left: number, top: number, size: number, grey: number): void {
  for (const [position, character] of [...text.toUpperCase()].entries()) {
    const glyph = GLYPHS[character];
    if (glyph === undefined) throw new RangeError('the built-in font has letters A to Z, digits and - : . only');
    const glyphLeft = Math.round(left + position * ADVANCE * size);
    for (let y = -Math.ceil(size); y < (ROWS + 1) * size; y += 1) {
      for (let x = -Math.ceil(size); x < (COLUMNS + 1) * size; x += 1) {
        const filmX = glyphLeft + x;
        const filmY = Math.round(top) + y;
        if (filmX < 0 || filmY < 0 || filmX >= film.width || filmY >= film.height) continue;
        // dots are blended and cut off again, which rounds corners and joins diagonals
        const ink = smoothStep(0.38, 0.62, inkAt(glyph, (x + 0.5) / size - 0.5, (y + 0.5) / size - 0.5));
        if (ink === 0) continue;
        const index = filmY * film.width + filmX;
        film.data[index] = (film.data[index] as number) * (1 - ink) + grey * ink;
      }
    }
  }
}

export function textWidth(text: string, size: number): number {
  return text.length * ADVANCE * size;
}

function inkAt(glyph: readonly number[], x: number, y: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const xShare = x - column;
  const yShare = y - row;
  const dot = (c: number, r: number): number =>
    c < 0 || c >= COLUMNS || r < 0 || r >= ROWS ? 0 : ((glyph[r] ?? 0) >> (COLUMNS - 1 - c)) & 1;
  const top = dot(column, row) * (1 - xShare) + dot(column + 1, row) * xShare;
  const bottom = dot(column, row + 1) * (1 - xShare) + dot(column + 1, row + 1) * xShare;
  return top * (1 - yShare) + bottom * yShare;
}
