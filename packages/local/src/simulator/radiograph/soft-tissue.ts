import { diaphragm, lungInnerEdge, lungOuterEdge, type Build } from './body-build.js';
import { cloudNoise, Field, resized, smoothStep } from './field.js';
import type { Random } from './random.js';

export interface SoftTissue {
  /** thickness of tissue in the beam, lungs not yet taken out; 1 is the thickest part of the chest */
  body: Field;
  /** thickness of lung in the beam */
  lung: Field;
}

/** Maps between the drawing grid (a whole number of film pixels a cell) and the body's own measures. */
export interface Grid {
  width: number;
  height: number;
  build: Build;
  /** cells in one half-width of the rib cage */
  scale: number;
  xOf(column: number, row: number): number;
  yOf(row: number): number;
  columnOf(x: number, y: number): number;
  rowOf(y: number): number;
}

/** @param cell film pixels in one grid cell, along each side */
export function gridOf(build: Build, cell: number): Grid {
  const scale = build.scale / cell;
  const originX = build.originX / cell;
  const originY = build.originY / cell;
  const yOf = (row: number): number => (row - originY) / scale;
  return {
    width: Math.ceil(build.width / cell),
    height: Math.ceil(build.height / cell),
    build,
    scale,
    xOf: (column, row) => (column - originX) / scale - build.lean * yOf(row),
    yOf,
    columnOf: (x, y) => originX + (x + build.lean * y) * scale,
    rowOf: (y) => originY + y * scale,
  };
}

/** Nothing of it has a fine edge, so it is drawn on a grid of twice the cell: a quarter of the work. */
export function drawSoftTissue(grid: Grid, cell: number, random: Random): SoftTissue {
  const { body, lung } = drawOnCoarseGrid(gridOf(grid.build, cell * 2), random);
  return { body: resized(body, grid.width, grid.height), lung: resized(lung, grid.width, grid.height) };
}

function drawOnCoarseGrid(grid: Grid, random: Random): SoftTissue {
  const { build, width, height } = grid;
  const body = new Field(width, height);
  const lung = new Field(width, height);
  const heart = heartOf(build);
  const arm = armOf(build);
  const bubble = bubbleOf(build, random);
  const clouds = cloudNoise(width, height, grid.scale * 0.7, 4, random);
  const k = build.chestHeight;
  const shift = 1 / grid.scale;
  for (let row = 0; row < height; row += 1) {
    const y = grid.yOf(row);
    const outer = lungOuterEdge(build, y);
    const inner = lungInnerEdge(build, y);
    const chestDepth = 0.55 + 0.45 * Math.tanh((2.2 * Math.max(0, y)) / build.chestHeight);
    const torsoEdge = torsoHalfWidth(build, y);
    const abdomen = smoothStep(0.9, 1.15, y / k);
    // gullet, great vessels, lymph nodes and the muscles along the spine
    const midline = 0.24 * smoothStep(-0.3, 0.3, y / k);
    let x = grid.xOf(0, row);
    for (let column = 0; column < width; column += 1, x += shift) {
      const index = row * width + column;
      const side = Math.abs(x);
      const inside = insideBody(side, y, torsoEdge, arm);
      if (inside <= 0) continue;
      const cloud = clouds.data[index] as number;
      body.data[index] =
        (1 - Math.exp(-inside / 0.2)) * (0.86 + 0.14 * abdomen + 0.025 * cloud) +
        midline * Math.exp(-((x / 0.19) ** 2)) +
        breastShadow(build, side, y) -
        bubble(x, y);
      if (outer <= side) continue;
      const chord = Math.sqrt(1 - (side / outer) ** 2);
      const medial = smoothStep(inner - 0.06, inner + 0.09, side);
      const below = y - diaphragm(build, x);
      // behind the dome the lung reaches further down: a faint lighter band under the sharp edge
      const aboveDome = 0.86 * smoothStep(0.012, -0.012, below) + 0.14 * smoothStep(0.22, -0.02, below);
      const air = chestDepth * chord * medial * aboveDome;
      const root = 0.14 * Math.exp(-(((side - 0.2) / 0.13) ** 2) - ((y - 0.46 * k) / (0.17 * k)) ** 2);
      lung.data[index] = Math.max(0, air * (1 - root) * (1 + 0.05 * cloud) - heart(x, y) * Math.min(1, air * 1.6));
    }
  }
  return { body, lung };
}

function torsoHalfWidth(build: Build, y: number): number {
  const chest = 0.36 + 0.62 * Math.tanh(2.2 * Math.max(0, y / build.chestHeight + 0.02) ** 0.6);
  const belly = 0.06 * smoothStep(0.9, 1.3, y / build.chestHeight);
  return chest + build.wall - belly;
}

interface Capsule {
  ax: number;
  ay: number;
  bx: number;
  by: number;
  radius: number;
}

function armOf(build: Build): Capsule {
  const reach = 0.35 + 0.75 * build.armsRaised;
  return {
    ax: 1.16 + build.wall * 0.3,
    ay: 0.2,
    bx: 1.2 + build.wall * 0.3 + reach,
    by: 1.55 - 0.9 * build.armsRaised,
    radius: 0.2,
  };
}

/** Depth below the skin line, about; negative outside the body. Torso, neck, shoulders and arm, smoothly joined. */
function insideBody(side: number, y: number, torsoEdge: number, arm: Capsule): number {
  const torso = Math.min(torsoEdge - side, (y + 0.06) * 2);
  const neck = Math.min(0.25 + 0.5 * Math.max(0, y + 0.3) ** 2 - side, 0.9);
  const slope = -0.16 + 0.3 * Math.max(0, side - 0.28) ** 1.5;
  const shoulder = Math.min((y - slope) * 0.9, 1.3 - side, (0.75 - y) * 0.8);
  const limb = arm.radius - distanceToSegment(side, y, arm.ax, arm.ay, arm.bx, arm.by);
  return joined(joined(torso, y < 0.5 ? neck : -1), joined(shoulder, limb));
}

/** Smooth maximum, so that armpit and neck are rounded. */
function joined(a: number, b: number): number {
  const blend = Math.max(0, 1 - Math.abs(a - b) / 0.12);
  return Math.max(a, b) + blend * blend * 0.03;
}

export function distanceToSegment(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const t = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** Thickness in the beam of heart and great vessels, 0..1: ellipsoids whose outlines make up the heart's shadow. */
function heartOf(build: Build): (x: number, y: number) => number {
  const k = build.chestHeight;
  const s = build.heartSize;
  const parts = [
    // left ventricle, right atrium, aortic knob, pulmonary trunk, superior vena cava
    { x: 0.17, y: 0.74 * k, a: 0.5 * s, b: 0.37 * s, tilt: build.heartTilt, depth: 0.95 },
    { x: -0.06, y: 0.75 * k, a: 0.32 * s, b: 0.24 * s, tilt: 1.5, depth: 0.9 },
    { x: 0.12, y: 0.29 * k, a: 0.13, b: 0.11, tilt: 1.5, depth: 0.6 },
    { x: 0.14, y: 0.44 * k, a: 0.2, b: 0.13, tilt: 1.3, depth: 0.65 },
    { x: -0.1, y: 0.32 * k, a: 0.42, b: 0.1, tilt: 1.55, depth: 0.5 },
  ].map((part) => ({ ...part, cos: Math.cos(part.tilt), sin: Math.sin(part.tilt) }));
  return (x, y) => {
    let thickness = 0;
    for (const part of parts) {
      const dx = x - part.x;
      const dy = y - part.y;
      const p = (dx * part.cos + dy * part.sin) / part.a;
      const q = (dy * part.cos - dx * part.sin) / part.b;
      const r2 = p * p + q * q;
      if (r2 < 1) thickness = Math.max(thickness, part.depth * Math.sqrt(Math.sqrt(1 - r2)));
    }
    return thickness;
  };
}

function breastShadow(build: Build, side: number, y: number): number {
  if (!build.hasBreasts) return 0;
  const below = y - 0.72 * build.chestHeight;
  return 0.1 * smoothStep(1, 0.78, Math.hypot((side - 0.6) / 0.42, below / (below < 0 ? 0.6 : 0.3)));
}

/** Air in the stomach under the left dome. */
function bubbleOf(build: Build, random: Random): (x: number, y: number) => number {
  const centreX = random.between(0.32, 0.52);
  const centreY = build.domeLeft * build.chestHeight + random.between(0.13, 0.2);
  const xRadius = random.between(0.12, 0.24);
  const yRadius = random.between(0.06, 0.1);
  const ragged = random.between(0, 6);
  if (!build.gastricBubble) return () => 0;
  return (x, y) => {
    const dx = (x - centreX) / xRadius;
    const dy = (y - centreY) / yRadius;
    if (dx * dx + dy * dy > 4) return 0;
    const outline = 1 + 0.14 * Math.sin(3 * Math.atan2(dy, dx) + ragged);
    return 0.2 * smoothStep(1.25, 0.55, Math.hypot(dx, dy) / outline);
  };
}
