import { Field } from './field.js';
import type { Random } from './random.js';
import type { Grid } from './soft-tissue.js';
import { addTube, type TubePoint } from './tube.js';

/** The wind pipe and its two branches: air within the middle of the chest. */
export function drawAirway(grid: Grid, random: Random): Field {
  const field = new Field(grid.width, grid.height);
  const k = grid.build.chestHeight;
  const carina = { x: -0.02 + random.normal() * 0.01, y: 0.36 * k };
  const tube = (points: { x: number; y: number; radius: number; density: number }[]): void =>
    addTube(
      field,
      grid,
      points.map((point) => ({ ...point, z: 0 })),
      0,
    );
  tube([
    { x: carina.x * 0.3, y: -0.5, radius: 0.066, density: 0.24 },
    { x: carina.x * 0.6, y: 0.1 * k, radius: 0.062, density: 0.24 },
    { x: carina.x, y: carina.y, radius: 0.056, density: 0.2 },
  ]);
  tube([
    { ...carina, radius: 0.047, density: 0.15 },
    { x: carina.x - 0.17, y: carina.y + 0.13, radius: 0.036, density: 0.09 },
  ]);
  tube([
    { ...carina, radius: 0.044, density: 0.15 },
    { x: carina.x + 0.21, y: carina.y + 0.14, radius: 0.034, density: 0.09 },
  ]);
  return field;
}

/**
 * A tree that fans out from each lung root. With thickness as for vessels it makes the lung markings; the same shape,
 * filled with air, makes the branches seen within a consolidation.
 */
export function drawTree(
  grid: Grid,
  random: Random,
  look: { trunks: number; radius: number; density: number; depth: number },
): Field {
  const field = new Field(grid.width, grid.height);
  const k = grid.build.chestHeight;
  for (const side of [-1, 1]) {
    const root = { x: side * (side < 0 ? 0.19 : 0.22), y: (side < 0 ? 0.47 : 0.44) * k };
    for (let trunk = 0; trunk < look.trunks; trunk += 1) {
      // from straight up to straight down; the lower lobes get more, as blood does in a standing patient
      const share = (trunk + random.unit()) / look.trunks;
      const angle = -1.45 + 2.85 * share ** 0.85;
      const start = { x: root.x + random.normal() * 0.02, y: root.y + (share - 0.5) * 0.3 * k };
      const radius = look.radius * random.between(0.7, 1.15) * (share > 0.45 ? 1.1 : 0.8);
      grow(field, grid, random, side, start, angle, radius, random.between(0.13, 0.19), look.depth, look.density);
    }
  }
  return field;
}

function grow(
  field: Field,
  grid: Grid,
  random: Random,
  side: number,
  from: { x: number; y: number },
  angle: number,
  radius: number,
  length: number,
  depth: number,
  density: number,
): void {
  const steps = 4;
  const points: TubePoint[] = [{ ...from, z: 0, radius, density }];
  let heading = angle;
  let { x, y } = from;
  for (let step = 1; step <= steps; step += 1) {
    heading += random.normal() * 0.09;
    x += (side * Math.cos(heading) * length) / steps;
    y += (Math.sin(heading) * length) / steps;
    points.push({
      x,
      y,
      z: 0,
      radius: radius * (1 - (0.22 * step) / steps),
      density: density * (1 - (0.2 * step) / steps),
    });
  }
  addTube(field, grid, points, 0);
  if (depth === 0 || Math.abs(x) > 0.97) return;
  const spread = random.between(0.25, 0.5);
  const next = { x, y };
  grow(
    field,
    grid,
    random,
    side,
    next,
    heading + spread * random.between(0.3, 0.8),
    radius * 0.74,
    length * random.between(0.75, 0.95),
    depth - 1,
    density * 0.8,
  );
  grow(
    field,
    grid,
    random,
    side,
    next,
    heading - spread * random.between(0.3, 0.8),
    radius * 0.7,
    length * random.between(0.75, 0.95),
    depth - 1,
    density * 0.8,
  );
}
