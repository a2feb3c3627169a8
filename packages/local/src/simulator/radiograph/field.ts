/** A grid of grey values, row by row. */
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
