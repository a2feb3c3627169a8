import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawRadiograph } from '@hilum/local';
import sharp from 'sharp';

const DRAWN = 24;
/** What real demonstration images have in the median, and about their bytes a pixel: drawn ones lack a film's grain. */
const WIDTH = 1332;
const HEIGHT = 1000;
const QUALITY = 90;

/**
 * Files of the JPEGs to send: all of a folder, or radiographs drawn once and kept in `cache`.
 * @throws RangeError when the folder has none
 */
export async function benchImages(folder: string | null, cache: string): Promise<string[]> {
  if (folder === null) await draw(cache);
  const from = folder ?? cache;
  const files = readdirSync(from, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .map((name) => join(from, name));
  if (files.length === 0) throw new RangeError(`--images: ${from} holds no .jpeg or .jpg file`);
  return files;
}

async function draw(cache: string): Promise<void> {
  mkdirSync(cache, { recursive: true });
  if (readdirSync(cache).length === DRAWN) return;
  for (let index = 0; index < DRAWN; index += 1) {
    const finding = index % 2 === 0 ? 'normal' : 'pneumonia';
    const { jpeg } = await drawRadiograph({ seed: 70_000 + index, finding });
    const full = await sharp(jpeg)
      .resize(WIDTH, HEIGHT, { fit: 'fill' })
      .toColourspace('b-w')
      .jpeg({ quality: QUALITY })
      .toBuffer();
    writeFileSync(join(cache, `${String(index).padStart(2, '0')}.jpeg`), full);
  }
}

/** Mean size of files in KiB. */
export function meanKiBOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + readFileSync(file).length, 0) / files.length / 1024;
}
