import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DrawnImages } from './drawn-images.js';
import { FolderImages, imageFilesIn } from './folder-images.js';
import { modalityKey, type ImageSource } from './simulated-image.js';
import { readSimulatorConfig } from './simulator-config.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-images-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(...names: string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
}

async function textsOf(source: ImageSource, count: number): Promise<string[]> {
  const texts = [];
  for (let i = 0; i < count; i += 1) texts.push((await source.next()).bytes.toString());
  return texts;
}

describe('images of a folder', () => {
  it('finds JPEG and PNG files at any depth, whatever the case, and nothing else', () => {
    write('b.JPG', 'a.jpeg', 'deep/er/c.png', 'notes.txt', 'deep/d.dcm');

    expect(imageFilesIn(folder)).toEqual(['a.jpeg', 'b.JPG', 'deep/er/c.png'].map((name) => join(folder, name)));
  });

  it('sends each once before any a second time, in an order that the seed tells', async () => {
    write('1.jpeg', '2.jpeg', '3.jpeg', '4.jpeg', '5.png');
    const files = imageFilesIn(folder);
    const first = await textsOf(new FolderImages({ files, seed: 3 }), 10);

    expect([...first.slice(0, 5)].sort()).toEqual(['1.jpeg', '2.jpeg', '3.jpeg', '4.jpeg', '5.png']);
    expect([...first.slice(5)].sort()).toEqual([...first.slice(0, 5)].sort());
    expect(await textsOf(new FolderImages({ files, seed: 3 }), 10)).toEqual(first);
    expect(await textsOf(new FolderImages({ files, seed: 4 }), 10)).not.toEqual(first);
  });

  it('gives the content type of the file and a made-up patient, never a name from the file', async () => {
    write('Real Person_77.png');
    const image = await new FolderImages({ files: imageFilesIn(folder), seed: 1 }).next();

    expect(image.contentType).toBe('image/png');
    expect(modalityKey(image, 'x')).toMatch(/^CR_\w+ \w+_\d{6}_\d{4}-\d\d-\d\d_x\.png$/);
    expect(modalityKey(image, 'x')).not.toContain('Person');
  });

  it('goes on with the next file when one has gone', async () => {
    write('1.jpeg', '2.jpeg');
    const source = new FolderImages({ files: imageFilesIn(folder), seed: 3 });
    rmSync(join(folder, '1.jpeg'));
    const results = await Promise.allSettled([source.next(), source.next()]);

    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('drawn images', () => {
  it('are all another, patient and all, at rates that drawing keeps up with', async () => {
    const source = new DrawnImages({ seed: 9, ratePerMinute: 120, kept: 2 });
    const images = [await source.next(), await source.next(), await source.next(), await source.next()];

    expect(images[0]?.contentType).toBe('image/jpeg');
    expect(new Set(images.map(({ bytes }) => bytes.toString('base64'))).size).toBe(4);
    expect(new Set(images.map(({ patient }) => patient.id)).size).toBe(4);
  });

  it('are a set that is drawn once and sent over and over at rates above', async () => {
    const source = new DrawnImages({ seed: 9, ratePerMinute: 121, kept: 2 });
    const [a, b, c] = [await source.next(), await source.next(), await source.next()];

    expect(b.bytes.equals(a.bytes)).toBe(false);
    expect(c).toBe(a);
  });
});

describe('the simulator’s configuration', () => {
  const state = { HILUM_SIMULATOR_STATE_FILE: '/data/state.json' };

  it('has a default rate and draws images unless told otherwise', () => {
    expect(readSimulatorConfig(state)).toMatchObject({ ratePerMinute: 30, imageFiles: null, logLevel: 'info' });
  });

  it('takes another seed at each start unless it is given', () => {
    expect(readSimulatorConfig({ ...state, HILUM_SIMULATOR_SEED: '7' }).seed).toBe(7);
    expect(readSimulatorConfig(state).seed).not.toBe(readSimulatorConfig(state).seed);
  });

  it('refuses a rate that is no whole number from 1 on, and a missing state file, both at once', () => {
    for (const rate of ['0', '-3', '1.5', 'fast', '6001'])
      expect(() => readSimulatorConfig({ HILUM_SIMULATOR_RATE_PER_MINUTE: rate })).toThrow(
        /STATE_FILE: is required[^]*RATE_PER_MINUTE: must be a whole number from 1 to 6000/,
      );
  });

  it('says what is wrong with a folder that is missing or holds no image', () => {
    const withFolder = (dir: string) => () => readSimulatorConfig({ ...state, HILUM_SIMULATOR_IMAGES_DIR: dir });

    expect(withFolder(join(folder, 'none'))).toThrow(
      /HILUM_SIMULATOR_IMAGES_DIR: the folder cannot be read \(ENOENT\)/,
    );
    expect(withFolder(folder)).toThrow(/HILUM_SIMULATOR_IMAGES_DIR: the folder holds no \.jpeg/);
    write('a.jpeg');
    expect(withFolder(folder)().imageFiles).toHaveLength(1);
  });
});
