import type { Field } from './field.js';
import type { Grid } from './soft-tissue.js';

/** A point of a tube's axis; z is along the beam, and only lengths in it matter. */
export interface TubePoint {
  x: number;
  y: number;
  z: number;
  radius: number;
  /** attenuation that the tube adds where it lies across the beam */
  density: number;
}

/**
 * Adds a tube's shadow by laying balls along its axis. Where the tube runs along the beam many balls overlap and the
 * shadow gets denser, as a rib does at the side of the chest.
 * @param hollow 0: solid, as a vessel; towards 1: a thin shell, as cortical bone
 */
export function addTube(field: Field, grid: Grid, points: readonly TubePoint[], hollow: number): void {
  for (let i = 1; i < points.length; i += 1) {
    const from = points[i - 1] as TubePoint;
    const to = points[i] as TubePoint;
    const length = Math.hypot(to.x - from.x, to.y - from.y, to.z - from.z) * grid.scale;
    const radius = ((from.radius + to.radius) / 2) * grid.scale;
    const step = Math.max(1, radius / 3);
    const count = Math.max(1, Math.ceil(length / step));
    const kernel = ballKernel(radius, hollow);
    const share = length / count;
    for (let n = 0; n < count; n += 1) {
      const t = (n + 0.5) / count;
      const x = from.x + (to.x - from.x) * t;
      const y = from.y + (to.y - from.y) * t;
      const weight = (from.density + (to.density - from.density) * t) * share;
      addBall(field, grid.columnOf(x, y), grid.rowOf(y), kernel, weight);
    }
  }
}

interface Kernel {
  reach: number;
  radius: number;
  inner: number;
  shell: number;
  scale: number;
}

/** Shadow of a shell, scaled so that balls laid along a line at density 1 add up to 1 on the axis. */
function ballKernel(radius: number, hollow: number): Kernel {
  const solid = Math.max(0.6, radius);
  const inner = solid * 0.72;
  // along a line: the integral of a chord is the half circle's area
  const total = Math.PI * (solid * solid - hollow * inner * inner);
  return { reach: Math.ceil(solid + 0.5), radius: solid, inner, shell: hollow, scale: 1 / total };
}

function addBall(field: Field, column: number, row: number, kernel: Kernel, weight: number): void {
  const { reach, radius, inner, shell } = kernel;
  const fromX = Math.max(0, Math.floor(column - reach));
  const toX = Math.min(field.width - 1, Math.ceil(column + reach));
  const fromY = Math.max(0, Math.floor(row - reach));
  const toY = Math.min(field.height - 1, Math.ceil(row + reach));
  const outer2 = radius * radius;
  const inner2 = inner * inner;
  const scale = 2 * weight * kernel.scale;
  for (let y = fromY; y <= toY; y += 1) {
    const dy2 = (y - row) * (y - row);
    for (let x = fromX; x <= toX; x += 1) {
      const d2 = dy2 + (x - column) * (x - column);
      if (d2 >= outer2) continue;
      const chord = Math.sqrt(outer2 - d2) - (d2 < inner2 ? shell * Math.sqrt(inner2 - d2) : 0);
      const index = y * field.width + x;
      field.data[index] = (field.data[index] as number) + scale * chord;
    }
  }
}

/** Points along a smooth curve through the given ones (Catmull-Rom, in x and y). */
export function smoothCurve(
  through: readonly { x: number; y: number }[],
  perSegment: number,
): { x: number; y: number }[] {
  const result: { x: number; y: number }[] = [];
  for (let i = 0; i + 1 < through.length; i += 1) {
    const p1 = through[i] as { x: number; y: number };
    const p2 = through[i + 1] as { x: number; y: number };
    const p0 = through[i - 1] ?? p1;
    const p3 = through[i + 2] ?? p2;
    for (let n = i === 0 ? 0 : 1; n <= perSegment; n += 1) {
      const t = n / perSegment;
      const at = (a: number, b: number, c: number, d: number): number =>
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t ** 3);
      result.push({ x: at(p0.x, p1.x, p2.x, p3.x), y: at(p0.y, p1.y, p2.y, p3.y) });
    }
  }
  return result;
}
