import sharp from 'sharp';
import { Field } from './field.js';
import type { Random } from './random.js';

/** Grey values of a film: 8 bits, with fractions while it is worked on. */
const WHITE = 255;
/** A sharp kernel would show rings at the borders of bones after so large a step. */
const KERNEL = 'cubic';
const UINT16 = 65_535;

/**
 * From a drawing of 0..1 to a film of 0..255 in the size of a real modality's, with a framing and exposure of its own: a part
 * of the frame, brightness and contrast, and the noise of few quanta.
 */
export async function develop(drawing: Field, random: Random): Promise<Field> {
  // the drawing is a square as the training images were; films of chests are wider than high
  const width = random.whole(1000, 1500);
  const height = Math.round(width / random.between(1.12, 1.42));
  const film = await enlarged(drawing, width, height, random);
  expose(film, random);
  addNoise(film, random);
  return film;
}

/** A random part of nearly the whole drawing, interpolated to width × height. */
async function enlarged(drawing: Field, width: number, height: number, random: Random): Promise<Field> {
  const zoom = random.between(1, 1.05);
  const [wide, high] = [Math.round(width * zoom), Math.round(height * zoom)];
  const left = random.whole(0, wide - width);
  const top = random.whole(0, high - height);
  // 16 bits, for the steps of 8 would show after enlarging
  const fine = Uint16Array.from(drawing.data, (value) => value * UINT16);
  const raw = await sharp(fine, { raw: { width: drawing.width, height: drawing.height, channels: 1 } })
    .toColourspace('grey16')
    .resize(wide, high, { fit: 'fill', kernel: KERNEL })
    .extract({ left, top, width, height })
    .raw({ depth: 'ushort' })
    .toBuffer();
  const film = new Field(width, height);
  const pixels = new Uint16Array(raw.buffer, raw.byteOffset, width * height);
  for (let i = 0; i < pixels.length; i += 1) film.data[i] = (pixels[i] as number) * (WHITE / UINT16);
  return film;
}

function expose(film: Field, random: Random): void {
  const gamma = random.between(0.85, 1.2);
  const black = random.between(0, 10);
  const white = random.between(228, 255);
  const curve = Float32Array.from(
    { length: WHITE + 2 },
    (_, grey) => black + (white - black) * (grey / WHITE) ** gamma,
  );
  for (let i = 0; i < film.data.length; i += 1) {
    const value = film.data[i] as number;
    const whole = Math.min(WHITE, Math.floor(value));
    const low = curve[whole] as number;
    film.data[i] = low + ((curve[whole + 1] as number) - low) * (value - whole);
  }
}

/** Fewer quanta arrive behind dense parts, so noise is stronger in the bright ones. */
function addNoise(film: Field, random: Random): void {
  const table = new Float32Array(1 << 15);
  for (let i = 0; i < table.length; i += 1) table[i] = random.normal();
  const strength = random.between(1.0, 2.2);
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
  const margin = (size: number): number => (random.chance(0.3) ? Math.round(size * random.between(0.006, 0.03)) : 0);
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

/** The film in steps of 1/16 of an 8-bit one, as detectors of 12 bits give them: 0..4095. */
export function toTwelveBits(film: Field): Uint16Array {
  const scale = 4095 / WHITE;
  return Uint16Array.from(film.data, (value) => Math.min(4095, Math.max(0, Math.round(value * scale))));
}
