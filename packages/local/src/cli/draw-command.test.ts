import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawDicom, drawRadiograph } from '../simulator/radiograph/draw-radiograph.js';
import { draw, type DrawOptions } from './draw-command.js';
import { program } from './program.js';
import { keptTerminal } from './testing/stand-in-edge.js';

let out: string;
beforeEach(() => {
  out = join(mkdtempSync(join(tmpdir(), 'hilum-draw-')), 'drawn');
});
afterEach(() => rmSync(join(out, '..'), { recursive: true }));

const optionsOf = (options: Partial<DrawOptions>): DrawOptions => ({
  ...{ out, count: 4, finding: undefined, format: 'jpeg', seed: 1000 },
  ...options,
});

/** Draws a text instead. */
const stand: Parameters<typeof draw>[2] = ({ seed, finding }) => Promise.resolve(Buffer.from(`${finding} ${seed}`));

function files(): string[] {
  return readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(out.length + 1))
    .sort();
}

describe('hilum draw', () => {
  it('draws both findings alternately, each in its folder and named by its seed', async () => {
    const terminal = keptTerminal();

    expect(await draw(optionsOf({}), terminal, stand)).toBe(0);
    expect(files()).toEqual(['NORMAL/1001.jpeg', 'NORMAL/1003.jpeg', 'PNEUMONIA/1000.jpeg', 'PNEUMONIA/1002.jpeg']);
    expect(readFileSync(join(out, 'NORMAL/1003.jpeg'), 'utf8')).toBe('normal 1003');
    expect(terminal.written.out).toBe(
      'The same can be drawn again with --seed 1000.\n' +
        `4 radiographs are in ${out}, and nobody is in them: identities are made up.\n`,
    );
  });

  it('draws one finding alone when told', async () => {
    await draw(optionsOf({ finding: 'normal', format: 'dicom', count: 2 }), keptTerminal(), stand);

    expect(files()).toEqual(['NORMAL/1000.dcm', 'NORMAL/1001.dcm']);
  });

  it('writes what the generator draws, as JPEG and as DICOM', async () => {
    await draw(optionsOf({ count: 1 }), keptTerminal());
    await draw(optionsOf({ count: 1, format: 'dicom' }), keptTerminal());
    const wish = { seed: 1000, finding: 'pneumonia' } as const;
    const [{ jpeg }, { dicom }] = [await drawRadiograph(wish), await drawDicom(wish)];

    expect(readFileSync(join(out, 'PNEUMONIA/1000.jpeg')).equals(jpeg)).toBe(true);
    expect(readFileSync(join(out, 'PNEUMONIA/1000.dcm')).equals(dicom)).toBe(true);
  });

  it('tells the seed that it chose itself, another each time', async () => {
    const told = async (): Promise<string | undefined> => {
      const terminal = keptTerminal();
      await draw(optionsOf({ seed: undefined, count: 1 }), terminal, stand);
      return /--seed (\d+)/.exec(terminal.written.out)?.[1];
    };
    const seeds = [await told(), await told()];

    expect(new Set(seeds).size).toBe(2);
    expect(
      files()
        .map((file) => /(\d+)\.jpeg/.exec(file)?.[1])
        .sort(),
    ).toEqual(seeds.sort());
  });

  it('overwrites nothing: it names the file that is there before it draws any', async () => {
    mkdirSync(join(out, 'NORMAL'), { recursive: true });
    writeFileSync(join(out, 'NORMAL/1003.jpeg'), 'mine');

    await expect(draw(optionsOf({}), keptTerminal(), stand)).rejects.toThrow(
      `${join(out, 'NORMAL/1003.jpeg')} is there already: choose another --seed or --out, or take it away`,
    );
    expect(files()).toEqual(['NORMAL/1003.jpeg']);
    expect(readFileSync(join(out, 'NORMAL/1003.jpeg'), 'utf8')).toBe('mine');
  });

  it('leaves whole files alone when a signal interrupts it, and says how to go on', async () => {
    const interrupted = draw(optionsOf({}), keptTerminal(), ({ seed }) => {
      if (seed === 1001) process.emit('SIGINT');
      return Promise.resolve(Buffer.from('whole'));
    });

    await expect(interrupted).rejects.toThrow(
      `the drawing was interrupted: 2 of 4 are in ${out}, all whole; the next has --seed 1002`,
    );
    expect(files()).toEqual(['NORMAL/1001.jpeg', 'PNEUMONIA/1000.jpeg']);
  });

  it('leaves no piece of a file that cannot be written', async () => {
    mkdirSync(join(out, 'PNEUMONIA'), { recursive: true });
    const attempt = draw(optionsOf({ count: 1 }), keptTerminal(), () => {
      // in the way of the last step
      mkdirSync(join(out, 'PNEUMONIA/1000.jpeg'));
      return Promise.resolve(Buffer.from('whole'));
    });

    await expect(attempt).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(files()).toEqual([]);
  });

  it('refuses seeds from which on radiographs would come again, and a folder that is a file', async () => {
    const last = 2 ** 26 - 1;

    await expect(draw(optionsOf({ seed: last }), keptTerminal(), stand)).rejects.toThrow(
      `--seed: must be ${last - 3} at most with --count 4`,
    );
    writeFileSync(out, '');
    await expect(draw(optionsOf({}), keptTerminal(), stand)).rejects.toThrow(
      `the folder ${out} cannot be used: it is a file; choose another --out`,
    );
  });

  it.each([
    ['', "required option '--out <dir>' not specified"],
    ['--out x --count 0', "option '--count <n>' argument '0' is invalid. It must be a whole number from 1 to 100000."],
    [
      '--out x --seed -1',
      "option '--seed <n>' argument '-1' is invalid. It must be a whole number from 0 to 67108863.",
    ],
    [
      '--out x --finding flu',
      "option '--finding <finding>' argument 'flu' is invalid. Allowed choices are normal, pneumonia.",
    ],
    ['--out x --format png', "option '--format <format>' argument 'png' is invalid. Allowed choices are jpeg, dicom."],
  ])('with %s says: %s', async (line, problem) => {
    const terminal = keptTerminal();
    const hilum = program(terminal, () => undefined);
    const args = line.split(' ').filter((word) => word !== '');

    await expect(hilum.parseAsync(['node', 'hilum', 'draw', ...args])).rejects.toThrow();
    expect(terminal.written.err).toContain(problem);
  });
});
