import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { madeUpPatient } from './radiograph/made-up-patient.js';
import { seededRandom, shuffled, type Random } from './radiograph/random.js';
import type { ContentType, ImageSource, SimulatedImage } from './simulated-image.js';

const CONTENT_TYPE_OF: Readonly<Record<string, ContentType>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
};

/**
 * All JPEG and PNG files in a folder and below, in a fixed order.
 * @throws RangeError when there is no such folder or nothing to send in it; the message says what to do
 */
export function imageFilesIn(folder: string): string[] {
  let entries;
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new RangeError(`the folder cannot be read (${why}); name one that holds .jpeg, .jpg or .png files`, {
      cause: error,
    });
  }
  const files = entries
    .filter((entry) => entry.isFile() && contentTypeOf(entry.name) !== undefined)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  if (files.length === 0) throw new RangeError('the folder holds no .jpeg, .jpg or .png file, nor does any below it');
  return files;
}

function contentTypeOf(file: string): ContentType | undefined {
  return CONTENT_TYPE_OF[extname(file).toLowerCase()];
}

/**
 * The files in a shuffled order, shuffled anew each time all were sent. They get made-up patients: what their own
 * names say is left where it is.
 */
export class FolderImages implements ImageSource {
  readonly #files: readonly string[];
  readonly #random: Random;
  #queue: string[] = [];

  constructor(options: { files: readonly string[]; seed: number }) {
    if (options.files.length === 0) throw new RangeError('files must hold at least one image');
    this.#files = options.files;
    this.#random = seededRandom(options.seed);
  }

  /** @throws Error of the file system when a file has gone meanwhile; the next call goes on with the next file */
  async next(): Promise<SimulatedImage> {
    if (this.#queue.length === 0) this.#queue = shuffled(this.#files, this.#random);
    const file = this.#queue.shift() ?? '';
    const patient = madeUpPatient(this.#random);
    return { bytes: await readFile(file), contentType: contentTypeOf(file) ?? 'image/jpeg', patient };
  }
}
