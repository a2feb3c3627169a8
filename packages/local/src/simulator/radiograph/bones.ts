import { lungOuterEdge, type Build } from './body-build.js';
import { Field, smoothStep } from './field.js';
import type { Random } from './random.js';
import type { Grid } from './soft-tissue.js';
import { addTube, smoothCurve, type TubePoint } from './tube.js';

const RIB_PAIRS = 11;
const CORTEX = 0.75;

/** Attenuation of ribs, collar bones, shoulder blades, upper arms and spine. */
export function drawBones(grid: Grid, random: Random): Field {
  const { build } = grid;
  const ribs = new Field(grid.width, grid.height);
  const spacing = ribSpacing(build);
  const boneStrength = random.between(0.85, 1.2);
  for (const side of [-1, 1]) {
    for (let pair = 0; pair < RIB_PAIRS; pair += 1)
      addTube(ribs, grid, ribAxis(build, pair, side, spacing, random), CORTEX);
    drawShoulder(ribs, grid, side, random);
  }
  // where ribs run along the beam their shadows would add up without end; a film saturates
  for (let i = 0; i < ribs.data.length; i += 1) ribs.data[i] = 0.34 * (1 - Math.exp(-(ribs.data[i] as number) / 0.34));
  drawSpine(ribs, grid, spacing, random);
  for (let i = 0; i < ribs.data.length; i += 1) ribs.data[i] = (ribs.data[i] as number) * boneStrength;
  return ribs;
}

function ribSpacing(build: Build): number {
  return build.chestHeight * 0.097;
}

/**
 * From the spine (angle 0) along the back to the side (a quarter turn), then forward and down to where bone becomes
 * cartilage, which throws no shadow.
 */
function ribAxis(build: Build, pair: number, side: number, spacing: number, random: Random): TubePoint[] {
  const start = -0.05 * build.chestHeight + pair * spacing + random.normal() * 0.006;
  const drop = build.chestHeight * (0.2 + 0.021 * pair) * (build.isChild ? 0.8 : 1.1);
  const reach = Math.max(0.4, lungOuterEdge(build, start + drop / 2)) + 0.015 + random.normal() * 0.004;
  const turn = (pair < 7 ? 2.55 : 2.55 - 0.28 * (pair - 6)) + random.normal() * 0.05;
  const radius = (build.isChild ? 0.03 : 0.033) * (pair === 0 ? 0.85 : 1);
  const steps = 56;
  const points: TubePoint[] = [];
  for (let step = 0; step <= steps; step += 1) {
    const angle = 0.12 + ((turn - 0.12) * step) / steps;
    const forward = angle / Math.PI;
    points.push({
      x: side * reach * Math.sin(angle),
      y: start + (drop * (1 - Math.cos(angle))) / 2 - 0.035 * Math.sin(Math.min(angle, 1.6)),
      z: 0.42 * Math.cos(angle),
      radius: radius * (0.9 + 0.35 * forward),
      density: 0.17 * (1 - 0.45 * smoothStep(0.35, 0.75, forward)) * smoothStep(1, 0.93, step / steps + 0.001),
    });
  }
  return points;
}

function tubeThrough(
  through: { x: number; y: number }[],
  radius: (along: number) => number,
  density: number,
): TubePoint[] {
  const curve = smoothCurve(through, 14);
  return curve.map((point, i) => ({ ...point, z: 0, radius: radius(i / (curve.length - 1)), density }));
}

function drawShoulder(field: Field, grid: Grid, side: number, random: Random): void {
  const { build } = grid;
  const k = build.chestHeight;
  const lift = random.between(-0.05, 0.06) + 0.08 * build.armsRaised;
  const at = (x: number, y: number): { x: number; y: number } => ({ x: side * x, y });
  const joint = { x: 1.14 + build.wall * 0.35, y: 0.2 - lift };

  const clavicle = [
    at(0.1, 0.16 * k),
    at(0.34, 0.09 * k - lift * 0.3),
    at(0.7, 0.05 * k - lift),
    at(joint.x - 0.04, joint.y - 0.13),
  ];
  addTube(
    field,
    grid,
    tubeThrough(clavicle, (t) => 0.034 - 0.012 * Math.sin(Math.PI * t), 0.15),
    CORTEX,
  );

  const outward = 0.06 * build.armsRaised;
  const tip = at(0.93 + outward, 0.62 * k);
  const blade = (points: { x: number; y: number }[], radius: number, density: number): void =>
    addTube(
      field,
      grid,
      tubeThrough(points, () => radius, density),
      0.5,
    );
  blade([at(joint.x - 0.1, joint.y + 0.06), at(1.03 + outward, 0.4 * k), tip], 0.026, 0.1);
  blade([at(0.74 + outward, 0.1 * k), at(0.79 + outward, 0.35 * k), tip], 0.02, 0.05);
  blade([at(0.76 + outward, 0.16 * k), at(0.98, 0.1 * k - lift), at(joint.x + 0.02, joint.y - 0.12)], 0.032, 0.07);

  const reach = 0.35 + 0.75 * build.armsRaised;
  const elbow = at(joint.x + reach * 1.05, joint.y + 1.35 - 0.9 * build.armsRaised);
  addTube(
    field,
    grid,
    tubeThrough([at(joint.x + 0.05, joint.y + 0.02), at(joint.x + 0.09, joint.y + 0.1)], () => 0.12, 0.12),
    0.35,
  );
  addTube(
    field,
    grid,
    tubeThrough([at(joint.x + 0.09, joint.y + 0.1), elbow], (t) => 0.075 - 0.02 * Math.min(1, t * 4), 0.18),
    0.85,
  );
}

/** Vertebral bodies with end plates, pedicles and spinous processes, seen faintly through the middle of the chest. */
function drawSpine(field: Field, grid: Grid, spacing: number, random: Random): void {
  const bend = random.normal() * 0.012;
  const halfWidth = 0.105;
  const first = -Math.ceil((grid.build.originY / grid.build.scale + 0.1) / spacing);
  const last = Math.ceil((grid.yOf(grid.height) + 0.1) / spacing);
  for (let vertebra = first; vertebra <= last; vertebra += 1) {
    const centreY = (vertebra + 0.45) * spacing;
    const centreX = bend * Math.sin(centreY * 2.2) + random.normal() * 0.002;
    const width = halfWidth * (0.86 + 0.05 * centreY);
    const halfHeight = spacing * 0.4;
    const fromRow = Math.max(0, Math.floor(grid.rowOf(centreY - spacing)));
    const toRow = Math.min(grid.height - 1, Math.ceil(grid.rowOf(centreY + spacing)));
    for (let row = fromRow; row <= toRow; row += 1) {
      const dy = (grid.yOf(row) - centreY) / halfHeight;
      const fromColumn = Math.max(0, Math.floor(grid.columnOf(centreX - 0.2, grid.yOf(row))));
      const toColumn = Math.min(grid.width - 1, Math.ceil(grid.columnOf(centreX + 0.2, grid.yOf(row))));
      for (let column = fromColumn; column <= toColumn; column += 1) {
        const dx = (grid.xOf(column, row) - centreX) / width;
        // waisted sides: the body is wider at its end plates
        const edge = Math.abs(dx) - 0.9 - 0.1 * dy * dy;
        const inBody = smoothStep(0.06, -0.06, edge) * smoothStep(1.08, 0.94, Math.abs(dy));
        if (inBody <= 0 && Math.abs(dy) > 1.6) continue;
        const endPlate = Math.exp(-(((Math.abs(dy) - 0.9) / 0.14) ** 2));
        const side = Math.exp(-((edge / 0.09) ** 2));
        const pedicle = Math.exp(-(((Math.hypot((Math.abs(dx) - 0.62) / 0.2, (dy + 0.25) / 0.36) - 0.9) / 0.35) ** 2));
        const spinous = Math.exp(-(((Math.hypot(dx / 0.17, (dy - 0.75) / 0.5) - 0.55) / 0.5) ** 2));
        const index = row * grid.width + column;
        const old = field.data[index] as number;
        field.data[index] =
          old * (1 - 0.55 * inBody) +
          inBody * (0.035 + 0.04 * endPlate + 0.035 * side + 0.03 * pedicle) +
          0.03 * spinous;
      }
    }
  }
}
