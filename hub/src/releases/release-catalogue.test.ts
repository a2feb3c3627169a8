import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleRelease, sampleReleaseFile } from '../testing/sample-release.js';
import { parseRelease } from './known-release.js';
import { ReleaseCatalogue, readReleases } from './release-catalogue.js';

const SHIPPED = new URL('../../../inference/release/release.json', import.meta.url);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hilum-releases-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, content: unknown): Promise<void> =>
  writeFile(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));

describe('the releases that the hub is given', () => {
  it('are those of a folder and of the folders in it, by name and newest first', async () => {
    await write('a.json', sampleReleaseFile({ version: '1.9.0' }));
    await write('b.json', sampleReleaseFile({ version: '1.10.0' }));
    await mkdir(join(folder, 'other'));
    await write('other/release.json', sampleReleaseFile({ name: 'another', version: '0.1.0' }));
    await write('other/model.onnx', 'weights');
    await write('README.md', 'no release');
    await mkdir(join(folder, '..data'));
    await write('..data/release.json', sampleReleaseFile({ version: '9.9.9' }));
    const { catalogue, problems } = await readReleases(folder);
    expect(problems).toEqual([]);
    expect(catalogue.releases.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'another 0.1.0',
      'cxr-triage 1.10.0',
      'cxr-triage 1.9.0',
    ]);
  });

  it('include the shipped one', async () => {
    await cp(SHIPPED, join(folder, 'release.json'));
    const { catalogue, problems } = await readReleases(folder);
    expect(problems).toEqual([]);
    const sha256 = (JSON.parse(await readFile(SHIPPED, 'utf8')) as { model: { sha256: string } }).model.sha256;
    const release = catalogue.find(`sha256:${sha256}`, null);
    expect(release).toMatchObject({ name: 'hilum-pneumonia', metrics: { validation: {} } });
    expect(release?.reference?.probabilityHistogram?.counts).toHaveLength(10);
  });

  it('are named one by one when they cannot be read, and the others are known all the same', async () => {
    await write('a-good.json', sampleReleaseFile());
    await write('b-text.json', 'weights');
    await write('c-wrong.json', {
      ...sampleReleaseFile(),
      version: 'one',
      thresholds: { review: 0.9, suspected: 0.1 },
    });
    await write('d-large.json', `"${'x'.repeat(1_048_576)}"`);
    const { catalogue, problems } = await readReleases(folder);
    expect(catalogue.releases).toHaveLength(1);
    expect(problems).toEqual([
      { code: 'HILUM_HUB_RELEASE_INVALID', file: join(folder, 'b-text.json'), detail: 'is not JSON' },
      {
        code: 'HILUM_HUB_RELEASE_INVALID',
        file: join(folder, 'c-wrong.json'),
        detail: 'version: must be a semantic version; thresholds: review must not be above suspected',
      },
      {
        code: 'HILUM_HUB_RELEASE_INVALID',
        file: join(folder, 'd-large.json'),
        detail: 'has 1048578 bytes, a release.json at most 1048576',
      },
    ]);
  });

  it('are none, with the reason, when the folder is not there', async () => {
    const { catalogue, problems } = await readReleases(join(folder, 'nowhere'));
    expect(catalogue.releases).toEqual([]);
    expect(problems).toMatchObject([{ code: 'HILUM_HUB_RELEASE_UNREADABLE', file: join(folder, 'nowhere') }]);
    expect(problems[0]?.detail).toMatch(/ENOENT.*HILUM_HUB_RELEASES_DIR/);
  });

  it('are told apart by version when two have the same weights', () => {
    const releases = ['1.0.0', '1.1.0'].map((version) => sampleRelease({ version }));
    const catalogue = new ReleaseCatalogue(releases);
    const digest = releases[0]?.digest ?? '';
    expect(catalogue.find(digest, '1.0.0')?.version).toBe('1.0.0');
    expect(catalogue.find(digest, '2.0.0')?.version).toBe('1.1.0');
    expect(catalogue.find('sha256:other', null)).toBeNull();
  });
});

describe('a release’s reference', () => {
  const detailOf = (reference: unknown): string => {
    const parsed = parseRelease(JSON.stringify({ ...sampleReleaseFile(), reference }));
    return parsed.kind === 'refused' ? parsed.detail : '';
  };

  it('may be absent, in whole or in part', () => {
    const parsed = parseRelease(JSON.stringify({ ...sampleReleaseFile(), reference: undefined }));
    expect(parsed).toMatchObject({ kind: 'release', release: { reference: null } });
    expect(parseRelease(JSON.stringify({ ...sampleReleaseFile(), reference: {} }))).toMatchObject({
      release: { reference: { probabilityHistogram: null, quantiles: null, images: null } },
    });
  });

  it.each([
    [{ probabilityHistogram: { edges: [0, 0.5, 0.5, 1], counts: [1, 2, 3] } }, /edges: must ascend/],
    [{ probabilityHistogram: { edges: [0.1, 0.5, 1], counts: [1, 2] } }, /edges: must begin with 0 and end with 1/],
    [{ probabilityHistogram: { edges: [0, 0.5, 1], counts: [1] } }, /counts: must be one fewer than edges/],
    [{ probabilityHistogram: { edges: [0, 0.5, 1], counts: [0, 0] } }, /counts: must count at least one image/],
    [{ quantiles: { probability: [0, 1], imageMean: [0, 1], imageStd: [0, 1] } }, /reference\.images: is required/],
    [
      { quantiles: { probability: [1, 0], imageMean: [0, 1], imageStd: [0, 1] }, images: 9 },
      /probability: must ascend/,
    ],
  ])('is refused when it cannot be compared with: %j', (reference, detail) => {
    expect(detailOf(reference)).toMatch(detail);
  });
});
