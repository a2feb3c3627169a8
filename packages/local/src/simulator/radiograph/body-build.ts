import type { Random } from './random.js';

/**
 * One made-up patient's build and how the film was taken. Lengths are in half-widths of the rib cage, with the origin
 * in the midline at the height of the lung apices, x to the right of the film (the patient's left), y downwards.
 */
export interface Build {
  width: number;
  height: number;
  /** pixels of the film in one half-width of the rib cage */
  scale: number;
  /** pixels of the film at the origin */
  originX: number;
  originY: number;
  /** sideways lean, x per y */
  lean: number;
  /** height of the rib cage from the apices to the diaphragm */
  chestHeight: number;
  /** muscle and fat outside the ribs */
  wall: number;
  /** height of the domes below the apices, patient's right and left, as a share of chestHeight */
  domeRight: number;
  domeLeft: number;
  /** 1 is usual; 1.2 is an enlarged heart */
  heartSize: number;
  heartTilt: number;
  /** 0: arms hang beside the body; 1: raised away from it */
  armsRaised: number;
  isChild: boolean;
  hasBreasts: boolean;
  gastricBubble: boolean;
}

export function randomBuild(random: Random): Build {
  const isChild = random.chance(0.6);
  const width = 2 * random.whole(550, 800);
  const height = 2 * Math.round((width * random.between(0.74, 0.94)) / 2);
  const chestHeight = isChild ? random.between(1.2, 1.42) : random.between(1.4, 1.62);
  // the chest fills the film: neither wider than nine tenths of it nor higher than five sixths
  const scale = Math.min((width * random.between(0.36, 0.42)) / 1, (height * random.between(0.74, 0.84)) / chestHeight);
  return {
    width,
    height,
    scale,
    originX: width / 2 + random.normal() * width * 0.012,
    originY: height * random.between(0.09, 0.15),
    lean: random.normal() * 0.02,
    chestHeight,
    wall: random.between(0.1, 0.24),
    domeRight: random.between(0.88, 0.96),
    domeLeft: random.between(0.93, 1.0),
    heartSize: random.between(0.88, 1.08) * (isChild ? 1.08 : 1),
    heartTilt: random.between(0.5, 0.85),
    armsRaised: random.unit(),
    isChild,
    hasBreasts: !isChild && random.chance(0.45),
    gastricBubble: random.chance(0.6),
  };
}

/** Half-width of the lungs' outer edge at a height; 0 above the apices. */
export function lungOuterEdge(build: Build, y: number): number {
  const v = y / build.chestHeight;
  return v <= 0 ? 0 : 0.33 + 0.64 * Math.tanh(2.0 * v ** 0.62);
}

/** Where the lungs' inner edge lies at a height, before heart and vessels cover it. */
export function lungInnerEdge(build: Build, y: number): number {
  const v = y / build.chestHeight;
  return v <= 0 ? 0.33 : 0.33 - 0.22 * Math.tanh(4.5 * v ** 0.6);
}

/** Height of the diaphragm at x: a dome a side, falling steeply into the angle at the ribs. */
export function diaphragm(build: Build, x: number): number {
  const top = (x < 0 ? build.domeRight : build.domeLeft) * build.chestHeight;
  const offset = Math.abs(x) - 0.42;
  const outward = Math.max(0, offset);
  return top + 0.28 * offset * offset + 1.5 * outward ** 4;
}
