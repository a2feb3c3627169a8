import { lungInnerEdge, lungOuterEdge } from './body-build.js';
import { cloudNoise, Field, smoothStep } from './field.js';
import type { Random } from './random.js';
import type { Grid } from './soft-tissue.js';

/** What an opacity is made of: one soft-edged region each. */
interface Patch {
  x: number;
  y: number;
  xRadius: number;
  yRadius: number;
  /** share of the lung's air that fluid has replaced at the centre */
  strength: number;
}

export const OPACITY_PATTERNS = ['lobar', 'patchy', 'diffuse'] as const;
export type OpacityPattern = (typeof OPACITY_PATTERNS)[number];

/**
 * Pneumonia: the share of air replaced by fluid, 0..1, at every place of the film (to be applied to the lungs only).
 * Lobar fills one zone of a lung, patchy scatters infiltrates, diffuse veils both lungs with a net-like pattern.
 */
export function drawOpacities(grid: Grid, random: Random): { share: Field; pattern: OpacityPattern } {
  const draw = random.unit();
  const pattern: OpacityPattern = draw < 0.45 ? 'lobar' : draw < 0.8 ? 'patchy' : 'diffuse';
  const patches = patchesOf(grid, random, pattern);
  const share = new Field(grid.width, grid.height);
  const ragged = cloudNoise(grid.width, grid.height, grid.scale * 0.28, 5, random);
  for (const patch of patches) addPatch(share, grid, patch, ragged);
  const veil = pattern === 'diffuse' ? random.between(0.3, 0.45) : random.between(0.16, 0.32);
  for (let i = 0; i < share.data.length; i += 1) {
    const net = pattern === 'diffuse' ? Math.abs(ragged.data[i] as number) * 0.35 : 0;
    share.data[i] = Math.min(0.92, (share.data[i] as number) + veil + net);
  }
  return { share, pattern };
}

function patchesOf(grid: Grid, random: Random, pattern: OpacityPattern): Patch[] {
  const side = random.chance(0.58) ? -1 : 1;
  switch (pattern) {
    case 'lobar': {
      const zone = random.pick([0.3, 0.62, 0.78, 0.84]);
      const main = patchAt(grid, random, side, zone, random.between(0.3, 0.62));
      const size = random.between(0.26, 0.4);
      const patches = [{ ...main, xRadius: size * 1.15, yRadius: size, strength: random.between(0.7, 0.95) }];
      for (let i = random.whole(2, 5); i > 0; i -= 1)
        patches.push(smallPatch(grid, random, random.chance(0.7) ? side : -side, 0.6));
      return patches;
    }
    case 'patchy':
      return Array.from({ length: random.whole(9, 16) }, () =>
        smallPatch(grid, random, random.chance(0.68) ? side : -side, random.between(0.4, 0.85)),
      );
    case 'diffuse':
      return [-1, 1].flatMap((each) => [
        {
          ...patchAt(grid, random, each, 0.55, 0.15),
          xRadius: 0.36,
          yRadius: 0.5,
          strength: random.between(0.3, 0.55),
        },
        ...Array.from({ length: 3 }, () => smallPatch(grid, random, each, random.between(0.25, 0.5))),
      ]);
  }
}

function smallPatch(grid: Grid, random: Random, side: number, strength: number): Patch {
  const size = random.between(0.09, 0.22);
  const place = patchAt(grid, random, side, random.between(0.25, 0.9), random.between(0.1, 0.75));
  return { ...place, xRadius: size * random.between(0.8, 1.3), yRadius: size, strength };
}

/** @param zone height as a share of the chest @param outward 0 at the inner edge of the lung, 1 at the outer */
function patchAt(grid: Grid, random: Random, side: number, zone: number, outward: number): Pick<Patch, 'x' | 'y'> {
  const y = zone * grid.build.chestHeight + random.normal() * 0.03;
  const inner = lungInnerEdge(grid.build, y);
  const outer = lungOuterEdge(grid.build, y);
  return { x: side * (inner + (outer - inner) * outward), y };
}

function addPatch(share: Field, grid: Grid, patch: Patch, ragged: Field): void {
  const reach = 1.7;
  const centre = grid.columnOf(patch.x, patch.y);
  const fromColumn = Math.max(0, Math.floor(centre - patch.xRadius * reach * grid.scale));
  const toColumn = Math.min(grid.width - 1, Math.ceil(centre + patch.xRadius * reach * grid.scale));
  const fromRow = Math.max(0, Math.floor(grid.rowOf(patch.y - patch.yRadius * reach)));
  const toRow = Math.min(grid.height - 1, Math.ceil(grid.rowOf(patch.y + patch.yRadius * reach)));
  for (let row = fromRow; row <= toRow; row += 1) {
    const dy = (grid.yOf(row) - patch.y) / patch.yRadius;
    for (let column = fromColumn; column <= toColumn; column += 1) {
      const dx = (grid.xOf(column, row) - patch.x) / patch.xRadius;
      const index = row * grid.width + column;
      const noise = ragged.data[index] as number;
      // noise shifts the edge and mottles the inside
      const body = smoothStep(1.35, 0.45, Math.sqrt(dx * dx + dy * dy) + 0.55 * noise);
      const added = patch.strength * body * (0.88 + 0.3 * noise);
      const old = share.data[index] as number;
      share.data[index] = Math.max(0, old + added * (1 - old));
    }
  }
}
