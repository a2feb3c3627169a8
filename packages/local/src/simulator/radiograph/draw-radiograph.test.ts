import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawRadiograph, type Finding, type Radiograph } from './draw-radiograph.js';
import { FAMILY_NAMES, GIVEN_NAMES } from './made-up-patient.js';

interface Pixels {
  data: Buffer;
  width: number;
  height: number;
}

async function pixelsOf(radiograph: Radiograph): Promise<Pixels> {
  const { data, info } = await sharp(radiograph.jpeg).greyscale().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** Mean grey of a box given in shares of width and height. */
function mean({ data, width, height }: Pixels, box: { x: [number, number]; y: [number, number] }): number {
  let sum = 0;
  let count = 0;
  for (let y = Math.floor(box.y[0] * height); y < box.y[1] * height; y += 1)
    for (let x = Math.floor(box.x[0] * width); x < box.x[1] * width; x += 1) {
      sum += data[y * width + x] ?? 0;
      count += 1;
    }
  return sum / count;
}

const draw = (seed: number, finding: Finding): Promise<Radiograph> => drawRadiograph({ seed, finding });

describe('a drawn radiograph', () => {
  let normal: Radiograph;
  let pneumonia: Radiograph;

  beforeAll(async () => {
    normal = await draw(12, 'normal');
    pneumonia = await draw(12, 'pneumonia');
  });

  it('is the same, byte for byte, for the same seed and finding', async () => {
    const again = await draw(12, 'normal');

    expect(again.jpeg.equals(normal.jpeg)).toBe(true);
    expect(again.patient).toEqual(normal.patient);
  });

  it('differs, patient and all, for another seed', async () => {
    const other = await draw(13, 'normal');

    expect(other.jpeg.equals(normal.jpeg)).toBe(false);
    expect(other.patient.id).not.toBe(normal.patient.id);
  });

  it('is a grey 8-bit JPEG of the size it says, between 1100 and 1600 wide and never upright', async () => {
    for (let seed = 100; seed < 106; seed += 1) {
      const radiograph = await draw(seed, seed % 2 === 0 ? 'normal' : 'pneumonia');
      const metadata = await sharp(radiograph.jpeg).metadata();

      expect(metadata).toMatchObject({ format: 'jpeg', channels: 1, space: 'b-w', depth: 'uchar' });
      expect([metadata.width, metadata.height]).toEqual([radiograph.width, radiograph.height]);
      expect(radiograph.width).toBeGreaterThanOrEqual(1100);
      expect(radiograph.width).toBeLessThanOrEqual(1600);
      expect(radiograph.height).toBeLessThan(radiograph.width);
      expect(radiograph.height).toBeGreaterThan(radiograph.width * 0.7);
    }
  });

  it('shows dark lungs on both sides of a bright midline, above a bright abdomen', async () => {
    for (const seed of [12, 40, 41, 42]) {
      const pixels = await pixelsOf(await draw(seed, 'normal'));
      const lungs = [
        mean(pixels, { x: [0.26, 0.36], y: [0.35, 0.5] }),
        mean(pixels, { x: [0.64, 0.74], y: [0.35, 0.5] }),
      ];
      const midline = mean(pixels, { x: [0.48, 0.52], y: [0.5, 0.7] });

      for (const lung of lungs) {
        expect(lung).toBeGreaterThan(30);
        expect(lung).toBeLessThan(midline - 50);
      }
    }
  });

  it('has the patient of the seed whatever the finding, and differs only where opacities lie', async () => {
    const without = await pixelsOf(normal);
    const having = await pixelsOf(pneumonia);

    expect(pneumonia.patient).toEqual(normal.patient);
    expect([having.width, having.height]).toEqual([without.width, without.height]);
    const difference = (x: [number, number], y: [number, number]): number =>
      mean(having, { x, y }) - mean(without, { x, y });
    const grid = Array.from({ length: 10 }, (_, i) => i / 10);
    const brightest = Math.max(...grid.flatMap((x) => grid.map((y) => difference([x, x + 0.1], [y, y + 0.1]))));
    expect(brightest).toBeGreaterThan(20);
    // the abdomen and the neck have no lung to fill; the surround term of the development shifts them a little
    expect(Math.abs(difference([0.4, 0.6], [0.93, 0.98]))).toBeLessThan(6);
    expect(Math.abs(difference([0.45, 0.55], [0.02, 0.08]))).toBeLessThan(6);
  });

  it('names the pattern of a pneumonia, of which every kind occurs, and none for a normal chest', async () => {
    expect(normal.pattern).toBeNull();
    const patterns = new Set<string | null>();
    for (let seed = 200; seed < 212; seed += 1) patterns.add((await draw(seed, 'pneumonia')).pattern);
    expect([...patterns].sort()).toEqual(['diffuse', 'lobar', 'patchy']);
  });

  it('carries an identity made only of the lists in the code', () => {
    for (const { patient } of [normal, pneumonia]) {
      expect(GIVEN_NAMES).toContain(patient.givenName);
      expect(FAMILY_NAMES).toContain(patient.familyName);
      expect(patient.id).toMatch(/^\d{6}$/);
      expect(patient.birthDate < patient.studyDate).toBe(true);
    }
  });
});
