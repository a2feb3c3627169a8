import sharp from 'sharp';
import { drawText, textWidth } from './bitmap-font.js';
import { dicomFile } from './dicom-file.js';
import type { Field } from './field.js';
import { collimate, develop, toBytes, toTwelveBits } from './film.js';
import { shippedGenerator, type Finding } from './generator.js';
import { madeUpPatient, type MadeUpPatient } from './made-up-patient.js';
import { seededRandom, type Random } from './random.js';

export { FINDINGS, type Finding } from './generator.js';

/** What there is to know about a radiograph of nobody, whatever the file it is in. */
interface Drawn {
  width: number;
  height: number;
  finding: Finding;
  patient: MadeUpPatient;
}

export interface Radiograph extends Drawn {
  /** 8 bits, grey */
  jpeg: Buffer;
}

export interface DicomRadiograph extends Drawn {
  /** a DICOM file, 12 bits, grey, not compressed */
  dicom: Buffer;
}

/** What to draw: any whole number, and whether the lungs are ill. */
export interface Wish {
  seed: number;
  finding: Finding;
}

/**
 * A frontal chest radiograph of nobody as a modality's JPEG, drawn by the learned generator. On one machine the same seed
 * and finding give the same bytes, and the same seed with the other finding gives the same name and frame.
 * @throws GeneratorError when the generator's weights cannot be used
 */
export async function drawRadiograph(wish: Wish): Promise<Radiograph> {
  const { film, ...drawn } = await drawFilm(wish);
  const jpeg = await sharp(toBytes(film), { raw: { width: film.width, height: film.height, channels: 1 } })
    .toColourspace('b-w')
    .jpeg({ quality: 88 })
    .toBuffer();
  return { jpeg, ...drawn };
}

/**
 * The radiograph that {@link drawRadiograph} gives for the same wish, as a DICOM file with a made-up patient's header.
 * @throws GeneratorError when the generator's weights cannot be used
 */
export async function drawDicom(wish: Wish): Promise<DicomRadiograph> {
  const { film, ...drawn } = await drawFilm(wish);
  const pixels = toTwelveBits(film);
  return { dicom: dicomFile({ ...drawn, pixels, seed: wish.seed }), ...drawn };
}

async function drawFilm({ seed, finding }: Wish): Promise<Drawn & { film: Field }> {
  // every part has a source of its own, so that one more draw in one part leaves the others as they were
  const part = (number: number): Random => seededRandom(Math.imul(seed, 64) + number);
  const generator = await shippedGenerator();
  const film = await develop(await generator.draw(finding, part(0)), part(2));
  const patient = madeUpPatient(part(3));
  collimate(film, part(4));
  burnIn(film, patient, part(5));
  return { film, width: film.width, height: film.height, finding, patient };
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
