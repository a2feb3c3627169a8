import type { Random } from './random.js';

/** A grid of numbers, row by row: attenuation, air, opacity. */
export class Field {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.data = new Float32Array(width * height);
  }

  at(x: number, y: number): number {
    return this.data[y * this.width + x] ?? 0;
  }
}

/** Smooth step from 0 (at `low` and below) to 1 (at `high` and above). */
export function smoothStep(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
}

/** Near-Gaussian blur in place: three box blurs of the given radius (standard deviation about 1.7 radii). */
export function blur(field: Field, radius: number): void {
  const scratch = new Float32Array(Math.max(field.width, field.height));
  for (let pass = 0; pass < 3; pass += 1) {
    for (let y = 0; y < field.height; y += 1) boxBlurLine(field.data, y * field.width, 1, field.width, radius, scratch);
    for (let x = 0; x < field.width; x += 1) boxBlurLine(field.data, x, field.width, field.height, radius, scratch);
  }
}

/** Running-sum box blur of one row or column; the border value continues outside. */
function boxBlurLine(
  data: Float32Array,
  start: number,
  stride: number,
  length: number,
  radius: number,
  scratch: Float32Array,
): void {
  for (let i = 0; i < length; i += 1) scratch[i] = data[start + i * stride] ?? 0;
  const first = scratch[0] ?? 0;
  const last = scratch[length - 1] ?? 0;
  let sum = first * radius;
  for (let i = 0; i < radius; i += 1) sum += i < length ? (scratch[i] ?? 0) : last;
  const scale = 1 / (2 * radius + 1);
  for (let i = 0; i < length; i += 1) {
    sum += i + radius < length ? (scratch[i + radius] ?? 0) : last;
    data[start + i * stride] = sum * scale;
    sum -= i >= radius ? (scratch[i - radius] ?? 0) : first;
  }
}

/** The field at another size, linearly interpolated. Shrinking by far first averages, so that nothing is skipped. */
export function resized(field: Field, width: number, height: number): Field {
  const result = new Field(width, height);
  const xScale = (field.width - 1) / Math.max(1, width - 1);
  const yScale = (field.height - 1) / Math.max(1, height - 1);
  const left = new Int32Array(width);
  const right = new Int32Array(width);
  const share = new Float32Array(width);
  for (let x = 0; x < width; x += 1) {
    const at = x * xScale;
    const whole = Math.floor(at);
    left[x] = whole;
    right[x] = Math.min(field.width - 1, whole + 1);
    share[x] = at - whole;
  }
  const { data } = field;
  for (let y = 0; y < height; y += 1) {
    const at = y * yScale;
    const whole = Math.floor(at);
    const rowShare = at - whole;
    const above = whole * field.width;
    const below = Math.min(field.height - 1, whole + 1) * field.width;
    for (let x = 0; x < width; x += 1) {
      const l = left[x] as number;
      const r = right[x] as number;
      const s = share[x] as number;
      const top = (data[above + l] as number) * (1 - s) + (data[above + r] as number) * s;
      const bottom = (data[below + l] as number) * (1 - s) + (data[below + r] as number) * s;
      result.data[y * width + x] = top * (1 - rowShare) + bottom * rowShare;
    }
  }
  return result;
}

/** Mean of each block of `factor` × `factor`. */
export function shrunk(field: Field, factor: number): Field {
  const result = new Field(Math.ceil(field.width / factor), Math.ceil(field.height / factor));
  for (let y = 0; y < result.height; y += 1) {
    const yEnd = Math.min(field.height, (y + 1) * factor);
    for (let x = 0; x < result.width; x += 1) {
      const xEnd = Math.min(field.width, (x + 1) * factor);
      let sum = 0;
      for (let sy = y * factor; sy < yEnd; sy += 1)
        for (let sx = x * factor; sx < xEnd; sx += 1) sum += field.data[sy * field.width + sx] as number;
      result.data[y * result.width + x] = sum / ((yEnd - y * factor) * (xEnd - x * factor));
    }
  }
  return result;
}

/** Cloud-like noise about 0, roughly -1..1: octaves of interpolated random grids, the coarsest with `cell` pixels. */
export function cloudNoise(width: number, height: number, cell: number, octaves: number, random: Random): Field {
  const result = new Field(width, height);
  let amplitude = 0.6;
  for (let octave = 0, size = cell; octave < octaves && size >= 2; octave += 1, size /= 2) {
    const grid = new Field(Math.ceil(width / size) + 2, Math.ceil(height / size) + 2);
    for (let i = 0; i < grid.data.length; i += 1) grid.data[i] = (random.unit() * 2 - 1) * amplitude;
    const layer = resized(grid, width, height);
    for (let i = 0; i < result.data.length; i += 1)
      result.data[i] = (result.data[i] as number) + (layer.data[i] as number);
    amplitude *= 0.55;
  }
  return result;
}
