import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GENERATOR_DIR, loadGenerator } from './generator.js';
import { seededRandom } from './random.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hilum-generator-'));
  cpSync(GENERATOR_DIR, folder, { recursive: true });
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function change(edit: (description: Record<string, unknown>) => void): void {
  const file = join(folder, 'generator.json');
  const description = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  edit(description);
  writeFileSync(file, JSON.stringify(description));
}

describe('the generator', () => {
  it('draws grey values from 0 to 1, dark and bright ones, the same for the same random numbers', async () => {
    const generator = await loadGenerator(folder);
    const field = await generator.draw('normal', seededRandom(3));
    const again = await generator.draw('normal', seededRandom(3));

    expect(Math.min(...field.data)).toBeGreaterThanOrEqual(0);
    expect(Math.min(...field.data)).toBeLessThan(0.25);
    expect(Math.max(...field.data)).toBeLessThanOrEqual(1);
    expect(Math.max(...field.data)).toBeGreaterThan(0.8);
    expect(again.data).toEqual(field.data);
  });

  it('takes no more room in a clone than 20 MB', () => {
    expect(statSync(join(GENERATOR_DIR, 'generator.onnx')).size).toBeLessThan(20e6);
  });

  it('says which file is missing and what to do', async () => {
    rmSync(join(folder, 'generator.onnx'));
    await expect(loadGenerator(folder)).rejects.toThrow(
      /HILUM_GENERATOR_MISSING: generator\.onnx .* check it out again/,
    );
    rmSync(join(folder, 'generator.json'));
    await expect(loadGenerator(folder)).rejects.toMatchObject({ code: 'HILUM_GENERATOR_MISSING' });
  });

  it('refuses weights that are not those described', async () => {
    writeFileSync(join(folder, 'generator.onnx'), 'other weights');

    await expect(loadGenerator(folder)).rejects.toMatchObject({ code: 'HILUM_GENERATOR_DAMAGED' });
  });

  it('names what is wrong in its description', async () => {
    change((description) => (description['noise'] = { numbers: 0, deviation: 1 }));
    await expect(loadGenerator(folder)).rejects.toThrow(/HILUM_GENERATOR_DAMAGED: generator\.json in .*noise\.numbers/);
    writeFileSync(join(folder, 'generator.json'), 'no JSON');
    await expect(loadGenerator(folder)).rejects.toMatchObject({ code: 'HILUM_GENERATOR_DAMAGED' });
  });
});
