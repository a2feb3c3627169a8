import sharp from 'sharp';
import { drawAirway, drawTree } from './airways-and-vessels.js';
import { drawText, textWidth } from './bitmap-font.js';
import { drawBones } from './bones.js';
import { randomBuild } from './body-build.js';
import { blur, Field } from './field.js';
import { collimate, develop, toBytes } from './film.js';
import { madeUpPatient, type MadeUpPatient } from './made-up-patient.js';
import { drawOpacities, type OpacityPattern } from './opacities.js';
import { seededRandom, type Random } from './random.js';
import { drawSoftTissue, gridOf, type Grid } from './soft-tissue.js';

export const FINDINGS = ['normal', 'pneumonia'] as const;
export type Finding = (typeof FINDINGS)[number];

export interface Radiograph {
  /** 8 bits, grey */
  jpeg: Buffer;
  width: number;
  height: number;
  finding: Finding;
  /** null for a normal one */
  pattern: OpacityPattern | null;
  patient: MadeUpPatient;
}

/** Film pixels in one cell of the drawing grid: nothing drawn is finer, and it makes drawing four times as fast. */
const CELL = 2;

/**
 * A frontal chest radiograph of nobody, made by projecting simple bodies (chest, lungs, heart, ribs, spine, vessels)
 * onto a film. The same seed and finding give the same pixels; the same seed with the other finding is the same
 * patient without or with the opacities.
 */
export async function drawRadiograph(options: { seed: number; finding: Finding }): Promise<Radiograph> {
  const { seed, finding } = options;
  // every part has a source of its own, so that one more draw in one part leaves the others as they were
  const part = (number: number): Random => seededRandom(Math.imul(seed, 64) + number);
  const build = randomBuild(part(0));
  const grid = gridOf(build, CELL);
  const opacities = finding === 'pneumonia' ? drawOpacities(grid, part(1)) : null;
  const attenuation = attenuationOf(grid, part, opacities?.share ?? null);
  const film = develop(attenuation, build.width, build.height, part(2));
  const patient = madeUpPatient(part(3));
  collimate(film, part(4));
  burnIn(film, patient, part(5));
  const jpeg = await sharp(toBytes(film), { raw: { width: film.width, height: film.height, channels: 1 } })
    .toColourspace('b-w')
    .jpeg({ quality: 88 })
    .toBuffer();
  const pattern = opacities?.pattern ?? null;
  return { jpeg, width: film.width, height: film.height, finding, pattern, patient };
}

/** Everything in the beam added up; 1 is about the middle of the chest. */
function attenuationOf(grid: Grid, part: (number: number) => Random, opacity: Field | null): Field {
  const { body, lung } = drawSoftTissue(grid, CELL, part(10));
  const bones = drawBones(grid, part(6));
  const airway = drawAirway(grid, part(7));
  const vessels = drawTree(grid, part(8), { trunks: 11, radius: 0.02, density: 0.13, depth: 4 });
  const bronchi =
    opacity === null ? null : drawTree(grid, part(9), { trunks: 9, radius: 0.017, density: 0.12, depth: 3 });
  const result = new Field(grid.width, grid.height);
  for (let i = 0; i < result.data.length; i += 1) {
    const thickness = body.data[i] as number;
    if (thickness <= 0) continue;
    const air = lung.data[i] as number;
    const within = Math.min(1, air * 2);
    const filled = opacity === null ? 0 : (opacity.data[i] as number);
    // vessels show against air only, and bronchi against fluid only
    const markings = (vessels.data[i] as number) * within * (1 - 0.8 * filled);
    const branches = bronchi === null ? 0 : (bronchi.data[i] as number) * filled * within;
    result.data[i] =
      thickness -
      0.72 * air * (1 - filled) +
      markings -
      branches +
      (bones.data[i] as number) * Math.min(1, thickness * 2.5) * (0.7 + 0.3 * within) -
      (airway.data[i] as number);
  }
  blur(result, 1);
  return result;
}

/** Side marker and identity as a modality burns them in. */
function burnIn(film: Field, patient: MadeUpPatient, random: Random): void {
  const marker = random.chance(0.85) ? 'R' : 'L';
  const markerSize = Math.round(film.width * random.between(0.004, 0.007));
  const markerX = marker === 'R' ? film.width * 0.05 : film.width * 0.93;
  drawText(film, marker, markerX, film.height * random.between(0.06, 0.3), markerSize, 250);

  const lines = [
    `NAME: ${patient.givenName} ${patient.familyName}`,
    `ID: ${patient.id}`,
    `D.O.B.: ${patient.birthDate}`,
    `DATE: ${patient.studyDate}`,
  ];
  const size = Math.max(1.5, film.width * random.between(0.0014, 0.0022));
  const lineHeight = size * 10;
  const margin = film.width * 0.012;
  const longest = Math.max(...lines.map((line) => textWidth(line, size)));
  const left = random.chance(0.7) ? margin : film.width - margin - longest;
  const top = random.chance(0.75) ? film.height - margin - lineHeight * lines.length : margin;
  for (const [number, line] of lines.entries()) drawText(film, line, left, top + number * lineHeight, size, 235);
}
