import { blur, Field, resized, shrunk, smoothStep } from './field.js';
import type { Random } from './random.js';

/** The film's curve as a table; a power and an exponential for each cell would take most of the time. */
const CURVE_PER_UNIT = 2048;
const CURVE_STEPS = 2 * CURVE_PER_UNIT;

/**
 * From attenuation on the drawing grid to grey values (0..255, bone white) on the film: scatter, the compression of
 * large differences that digital radiography applies, the film's curve, enlargement to full size, and noise.
 */
export function develop(attenuation: Field, width: number, height: number, random: Random): Field {
  const coarse = shrunk(attenuation, 8);
  blur(coarse, Math.round(coarse.width * 0.06));
  const surround = resized(coarse, attenuation.width, attenuation.height);
  const contrast = random.between(1.5, 1.85);
  const compression = random.between(0.18, 0.32);
  const black = random.between(4, 16);
  const curve = Float32Array.from(
    { length: CURVE_STEPS },
    (_, step) => black + (240 - black) * (1 - Math.exp(-contrast * (step / CURVE_PER_UNIT) ** 1.5)),
  );
  const grey = new Field(attenuation.width, attenuation.height);
  for (let i = 0; i < grey.data.length; i += 1) {
    const value = attenuation.data[i] as number;
    const inBody = smoothStep(0.02, 0.3, value);
    const even = value - inBody * compression * ((surround.data[i] as number) - 0.6);
    grey.data[i] = curve[Math.min(CURVE_STEPS - 1, Math.max(0, Math.round(even * CURVE_PER_UNIT)))] as number;
  }
  const film = resized(grey, width, height);
  addNoise(film, random);
  return film;
}

/** Fewer quanta arrive behind dense parts, so noise is stronger in the bright ones. */
function addNoise(film: Field, random: Random): void {
  const table = new Float32Array(1 << 15);
  for (let i = 0; i < table.length; i += 1) table[i] = random.normal();
  const strength = random.between(1.2, 2.6);
  for (let y = 0; y < film.height; y += 1) {
    // each row begins at another place in the table, so that no pattern repeats across the film
    let at = Math.floor(random.unit() * table.length);
    const row = y * film.width;
    for (let x = 0; x < film.width; x += 1) {
      at = (at + 1) & (table.length - 1);
      const value = film.data[row + x] as number;
      film.data[row + x] = value + (table[at] as number) * strength * (0.5 + value / 300);
    }
  }
}

/** What the collimator's blades kept from the film: nearly black beyond a straight edge on some of the four sides. */
export function collimate(film: Field, random: Random): void {
  const margin = (size: number): number => (random.chance(0.4) ? Math.round(size * random.between(0.008, 0.045)) : 0);
  const left = margin(film.width);
  const right = film.width - margin(film.width);
  const top = margin(film.height);
  const bottom = film.height - margin(film.height);
  for (let y = 0; y < film.height; y += 1)
    for (let x = 0; x < film.width; x += 1)
      if (x < left || x >= right || y < top || y >= bottom) film.data[y * film.width + x] = 3;
}

export function toBytes(film: Field): Uint8Array {
  const bytes = new Uint8ClampedArray(film.data.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = film.data[i] as number;
  return new Uint8Array(bytes.buffer);
}
