import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { repositoryRoot, trackedFiles } from '../../support/repository.js';
import { ofKind, type KubeObject } from '../contracts/kube-object.js';
import { renderFolder } from '../testing/manifests.js';
import { readVersions } from '../versions/versions.js';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const textOf = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8');

interface Images {
  images: { name: string; newName: string; digest: string }[];
}
interface Registry {
  versions: (module: string) => string[];
  sum: (module: string, version: string) => string;
}
interface Scripts {
  withDigests: (text: string, registry: string, digests: Record<string, string>) => string;
  takeNewer: (
    text: string,
    registry: Registry,
  ) => { text: string; taken: { name: string; from: string; to: string }[]; byHand: string[] };
}

let scripts: Scripts;
beforeAll(async () => {
  const load = (name: string): Promise<object> =>
    import(pathToFileURL(join(repositoryRoot, 'gitops/pipelines/scripts', name)).href) as Promise<object>;
  scripts = { ...(await load('set-digests.mjs')), ...(await load('newer-versions.mjs')) } as Scripts;
});

describe('bringing out images', () => {
  const file = 'gitops/components/images/kustomization.yaml';

  it('puts digests into the one place that says which images run, and changes nothing else there', () => {
    const before = textOf(file);
    const after = scripts.withDigests(before, 'images.example.org/hilum', {
      hub: DIGEST,
      edge: DIGEST,
      inference: DIGEST,
    });
    const named = (parse(after) as Images).images.filter(({ name }) => name !== 'hilum/test');
    expect(named).toEqual(
      ['hub', 'edge', 'inference'].map((image) => ({
        name: `hilum/${image}`,
        newName: `images.example.org/hilum/${image}`,
        digest: DIGEST,
      })),
    );
    expect(after.split('\n').filter((line) => line.startsWith('#'))).toEqual(
      before.split('\n').filter((line) => line.startsWith('#')),
    );
    expect(scripts.withDigests(after, 'images.example.org/hilum', { hub: DIGEST })).toBe(after);
  });

  it('refuses a tag in the place of a digest, and an image that nobody runs', () => {
    expect(() => scripts.withDigests(textOf(file), 'r', { hub: 'latest' })).toThrow('the digest of hub is latest');
    expect(() => scripts.withDigests(textOf(file), 'r', { worker: DIGEST })).toThrow('no image hilum/worker');
  });

  it('says plainly, as long as it is so, that no image is published', () => {
    const { images } = parse(textOf(file)) as Images;
    const unpublished = images.some(({ digest }) => /^sha256:0{64}$/.test(digest));
    expect(textOf(file).includes('NO IMAGE IS PUBLISHED YET')).toBe(unpublished);
  });
});

describe('newer versions', () => {
  const file = 'gitops/versions.yaml';
  const sum = `h1:${'A'.repeat(43)}=`;

  it('takes releases of the same major with their sums, and leaves others and comments as they are', () => {
    const before = readVersions(textOf(file));
    const { text, taken, byHand } = scripts.takeNewer(textOf(file), {
      versions: (module) =>
        module === 'github.com/rook/rook' ? ['v1.99.0', 'v1.100.2', 'v1.101.0-rc.1', 'v2.0.0'] : [],
      sum: () => sum,
    });
    const rook = before.parts['rook'];
    const isByModule = rook?.version === rook?.definitions?.version && rook?.chart === undefined;
    expect(taken).toEqual(isByModule ? [{ name: 'rook', from: rook?.version, to: 'v1.100.2' }] : []);
    const after = readVersions(text);
    if (isByModule) expect(after.parts['rook']?.definitions).toMatchObject({ version: 'v1.100.2', sum });
    const others = ({ parts }: typeof before): unknown => Object.entries(parts).filter(([name]) => name !== 'rook');
    expect(others(after)).toEqual(others(before));
    expect(text.match(/^\s*#.*$/gm)).toEqual(textOf(file).match(/^\s*#.*$/gm));
    for (const name of byHand) expect(before.parts).toHaveProperty(name);
  });

  it('takes nothing older than what is there', () => {
    const { taken, text } = scripts.takeNewer(textOf(file), { versions: () => ['v0.0.1'], sum: () => sum });
    expect(taken).toEqual([]);
    expect(readVersions(text)).toEqual(readVersions(textOf(file)));
  });
});

interface Pipeline extends KubeObject {
  spec: {
    params?: { name: string }[];
    workspaces: { name: string }[];
    tasks: {
      name: string;
      taskRef: { name: string };
      params?: { name: string; value: unknown }[];
      workspaces?: { name: string; workspace: string }[];
    }[];
  };
}
interface Task extends KubeObject {
  spec: {
    params?: { name: string; default?: unknown }[];
    workspaces?: { name: string }[];
    results?: { name: string }[];
    steps: { script?: string }[];
  };
}

/** What one object of the pipelines names and another has not. */
function danglingNames(objects: readonly KubeObject[]): string[] {
  const tasks = new Map(ofKind<Task>(objects, 'Task').map((task) => [task.metadata.name, task.spec]));
  return ofKind<Pipeline>(objects, 'Pipeline').flatMap(({ metadata, spec }) => {
    const results = new Set(
      spec.tasks.flatMap(({ name, taskRef }) =>
        (tasks.get(taskRef.name)?.results ?? []).map((result) => `tasks.${name}.results.${result.name}`),
      ),
    );
    const params = new Set((spec.params ?? []).map(({ name }) => `params.${name}`));
    const given = new Set(spec.workspaces.map(({ name }) => name));
    return spec.tasks.flatMap((task) => {
      const where = `${metadata.name}/${task.name}`;
      const wanted = tasks.get(task.taskRef.name);
      if (wanted === undefined) return [`${where}: there is no task ${task.taskRef.name}`];
      const named = [...JSON.stringify(task).matchAll(/\$\(((?:tasks|params)\.[\w.-]+)/g)].map(([, name = '']) => name);
      const passed = new Set((task.params ?? []).map(({ name }) => name));
      const known = new Set((wanted.params ?? []).map(({ name }) => name));
      const connected = new Set((task.workspaces ?? []).map(({ name }) => name));
      return [
        ...named
          .filter((name) => !results.has(name) && !params.has(name))
          .map((name) => `${where}: nothing gives ${name}`),
        ...(wanted.params ?? [])
          .filter((param) => param.default === undefined && !passed.has(param.name))
          .map(({ name }) => `${where}: the task is not given ${name}`),
        ...[...passed].filter((name) => !known.has(name)).map((name) => `${where}: the task does not know ${name}`),
        ...(wanted.workspaces ?? [])
          .filter(({ name }) => !connected.has(name))
          .map(({ name }) => `${where}: the task has no workspace ${name}`),
        ...(task.workspaces ?? [])
          .filter(({ workspace }) => !given.has(workspace))
          .map(({ workspace }) => `${where}: the pipeline has no workspace ${workspace}`),
      ];
    });
  });
}

describe('the pipelines', () => {
  let objects: KubeObject[];
  beforeAll(async () => {
    const { text } = await renderFolder('gitops/pipelines');
    objects = parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
  });

  it('name no task, parameter, result or workspace that is not there', () => {
    expect(danglingNames(objects)).toEqual([]);
    const wrong = structuredClone(objects);
    for (const { spec } of ofKind<Task>(wrong, 'Task').filter(({ metadata }) => metadata.name === 'clone'))
      spec.results = [{ name: 'commit' }];
    expect(danglingNames(wrong)).toContain('images/build-hub: nothing gives tasks.clone.results.committed-at');
  });

  it('run scripts and build files that are in the repository', () => {
    const files = new Set(trackedFiles());
    const scriptsOfTasks = ofKind<Task>(objects, 'Task').flatMap(({ spec }) =>
      spec.steps.map(({ script = '' }) => script),
    );
    const named = [
      ...`${scriptsOfTasks.join('\n')}\n${JSON.stringify(objects)}`.matchAll(
        /[\w./-]+(?:\.mjs|Containerfile|kustomization\.yaml)\b/g,
      ),
    ].map(([name]) => name);
    expect(named).toContain('edge/Containerfile');
    expect(named.filter((name) => !files.has(name))).toEqual([]);
  });
});

describe('Containerfiles', () => {
  const containerfiles = trackedFiles().filter((file) => file.endsWith('Containerfile'));

  it.each(containerfiles)('%s takes every base by digest, and runs as nobody', (file) => {
    const text = textOf(file);
    const arguments_ = new Map(
      [...text.matchAll(/^ARG (\w+)=(\S+)$/gm)].map(([, name = '', value = '']) => [name, value]),
    );
    const stages = new Set([...text.matchAll(/^FROM .* AS (\w+)$/gm)].map(([, name = '']) => name));
    const bases = [...text.matchAll(/^FROM (\S+)/gm)].map(([, base = '']) =>
      base.replace(/^\$\{(\w+)\}$/, (_, name: string) => arguments_.get(name) ?? ''),
    );
    for (const base of bases.filter((one) => one !== 'scratch' && !stages.has(one)))
      expect(base).toMatch(/@sha256:[0-9a-f]{64}$/);
    expect(text).toMatch(/^USER \d{4,}:\d{4,}$/m);
  });

  it('copy the package.json of every workspace, or npm would not know the lock file again', () => {
    const { workspaces } = JSON.parse(textOf('package.json')) as { workspaces: string[] };
    for (const file of ['hub', 'edge', 'inference'].map((image) => `${image}/Containerfile`)) {
      const copied = [...textOf(file).matchAll(/^COPY (\S+)\/package\.json /gm)].map(([, folder = '']) => folder);
      expect(copied.sort()).toEqual([...workspaces].sort());
    }
  });
});
