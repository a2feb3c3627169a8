import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from '../fleet/fleet-config.js';
import { folderProblem } from '../fleet/folder-problem.js';
import type { Finding, Wish } from '../simulator/radiograph/draw-radiograph.js';
import { RADIOGRAPH_SEEDS } from '../simulator/radiograph/random.js';
import { interruptible } from './interruptible.js';
import type { Terminal } from './terminal.js';
import { withProgress } from './with-progress.js';

const EXTENSIONS = { jpeg: 'jpeg', dicom: 'dcm' } as const;
export type DrawFormat = keyof typeof EXTENSIONS;

export interface DrawOptions {
  out: string;
  count: number;
  /** both alternately when undefined */
  finding: Finding | undefined;
  format: DrawFormat;
  /** of the first; any when undefined */
  seed: number | undefined;
}

type Draw = (wish: Wish, format: DrawFormat) => Promise<Buffer>;

/**
 * `hilum draw`: writes radiographs of nobody, each with a seed of its own. A file has its name only when it is whole.
 * @returns the exit code
 * @throws UsageError when a file is there already, before any is drawn, and when it was interrupted
 */
export async function draw(options: DrawOptions, terminal: Terminal, drawFile: Draw = drawWhole): Promise<number> {
  const { out, count, format } = options;
  const first = options.seed ?? randomInt(RADIOGRAPH_SEEDS - count + 1);
  if (first + count > RADIOGRAPH_SEEDS)
    throw new UsageError(`--seed: must be ${RADIOGRAPH_SEEDS - count} at most with --count ${count}`);
  const problem = folderProblem('the folder', out, 'choose another --out');
  if (problem !== null) throw new UsageError(problem);
  const wishes = Array.from({ length: count }, (_, index) => wishOf(first + index, options.finding));
  const fileOf = ({ seed, finding }: Wish): string => join(out, finding.toUpperCase(), `${seed}.${EXTENSIONS[format]}`);
  const taken = wishes.map(fileOf).find((file) => existsSync(file));
  if (taken !== undefined)
    throw new UsageError(`${taken} is there already: choose another --seed or --out, or take it away`);

  const drawn = await interruptible('the drawing', (signal) =>
    withProgress(terminal, async (report) => {
      const subject = 'radiographs';
      for (const [index, wish] of wishes.entries()) {
        report({ subject, phase: 'working', detail: `${subject}: ${index} of ${count}` });
        const file = fileOf(wish);
        await mkdir(dirname(file), { recursive: true });
        await writeWhole(file, await drawFile(wish, format));
        if (signal.aborted) return index + 1;
      }
      report({ subject, phase: 'ready', detail: '' });
      return count;
    }),
  );
  if (drawn < count)
    throw new UsageError(
      `the drawing was interrupted: ${drawn} of ${count} are in ${out}, all whole; the next has --seed ${first + drawn}`,
    );
  terminal.out(`The same can be drawn again with --seed ${first}.\n`);
  const many = count === 1 ? '1 radiograph is' : `${count} radiographs are`;
  terminal.out(`${many} in ${out}, and nobody is in ${count === 1 ? 'it' : 'them'}: identities are made up.\n`);
  return 0;
}

function wishOf(seed: number, finding: Finding | undefined): Wish {
  return { seed, finding: finding ?? (seed % 2 === 0 ? 'pneumonia' : 'normal') };
}

async function writeWhole(file: string, content: Buffer): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  try {
    await writeFile(partial, content);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Loads what draws only here: the network's runtime is large, and no other command needs it. */
async function drawWhole(wish: Wish, format: DrawFormat): Promise<Buffer> {
  const { drawDicom, drawRadiograph } = await import('../simulator/radiograph/draw-radiograph.js');
  return format === 'dicom' ? (await drawDicom(wish)).dicom : (await drawRadiograph(wish)).jpeg;
}
