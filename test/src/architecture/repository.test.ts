import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot, trackedFiles } from '../support/repository.js';

const files = trackedFiles();
const textOf = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');

describe('the repository', () => {
  it('has the top level that the design names', () => {
    const folders = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
    for (const folder of ['hub', 'edge', 'inference', 'packages', 'test']) expect(folders).toContain(folder);
  });

  it('runs every file that holds a test', () => {
    const patterns = [...textOf('vitest.config.ts').matchAll(/'([^']+\.test\.tsx?)'/g)].map((match) => match[1] ?? '');
    expect(patterns.length).toBeGreaterThan(0);
    // what helps tests may import other things from vitest
    const importsIt = /import \{[^}]*\b(it|test|describe)\b[^}]*\} from 'vitest'/;
    const holdsTest = files.filter((file) => /\.tsx?$/.test(file) && importsIt.test(textOf(file)));
    expect(holdsTest.length).toBeGreaterThan(0);
    const notRun = holdsTest.filter(
      (file) => !file.endsWith('vitest.config.ts') && !patterns.some((p) => globMatches(p, file)),
    );
    expect(notRun).toEqual([]);
  });

  it('links only to files that exist', () => {
    const broken = files
      .filter((file) => file.endsWith('.md'))
      .flatMap((file) =>
        [...textOf(file).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
          .map((match) => normalize(join(dirname(file), match[1] ?? '')))
          .filter((target) => !existsSync(join(repositoryRoot, target)))
          .map((target) => `${file} → ${target}`),
      );
    expect(broken).toEqual([]);
  });

  it('holds no image of a patient: only drawings and generated fixtures', () => {
    const images = files.filter((file) => /\.(jpe?g|dcm|dicom)$/i.test(file));
    // drawn by the simulator's generator
    const drawn = ['inference/model/fixtures/drawn-chest.jpeg'];
    expect(images.filter((file) => !file.startsWith('docs/images/') && !drawn.includes(file))).toEqual([]);
  });
});

/** vitest's patterns use only `*` and `**`. */
function globMatches(pattern: string, file: string): boolean {
  const expression = pattern
    .replaceAll('.', '\\.')
    .replaceAll('**/', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '(?:.*/)?');
  return new RegExp(`^${expression}$`).test(file);
}
