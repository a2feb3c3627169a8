#!/usr/bin/env node
// Puts together what an image of Hilum holds: the compiled workspace or its bundle, the packages it is made of and nothing else. The
// Containerfiles run it, and so does a test, which then starts what came out.
//
//   node gitops/images/assemble.mjs hub|edge|inference FOLDER
//
// The checkout must be built (npm ci, npm run build). The same checkout gives the same files.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Workspace of each image, what of its code it runs when that is not what the compiler made of each workspace, and what else it
 * reads at run time. Packages that a bundle has in it stay beside it: a scanner and a lawyer look for them by their folders.
 */
const IMAGES = {
  hub: {
    workspace: 'hub',
    files: ['hub/migrations', 'hub/console/dist', 'policies/controls.yaml'],
    // what models are compared with; their weights are the hospitals'
    others: { 'inference/release/release.json': 'releases/release.json' },
  },
  edge: { workspace: 'edge', files: ['edge/migrations', 'edge/public'], others: {} },
  inference: {
    workspace: 'inference/service',
    code: ['inference/service/bundle'],
    files: ['inference/release'],
    others: {},
  },
};

const NPM_OPTIONS = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];

const { platform, arch } = process;

/** @param {keyof typeof IMAGES} image @param {string} target an empty folder, or none @throws Error when anything is missing */
export function assemble(image, target, root = repositoryRoot) {
  const { workspace, code, files, others } = IMAGES[image];
  if (existsSync(target) && readdirSync(target).length > 0) throw new Error(`${target} is not empty`);
  const rootPackage = readJson(join(root, 'package.json'));
  const folders = withDependencies(workspace, rootPackage.workspaces, root);
  mkdirSync(target, { recursive: true });
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(join(root, file), join(target, file));
  for (const folder of rootPackage.workspaces) copy(root, target, join(folder, 'package.json'));
  // by name: a folder would stand for the workspaces within it as well
  const selected = folders.flatMap((folder) => ['--workspace', readJson(join(root, folder, 'package.json')).name]);
  run('npm', ['ci', '--omit=dev', '--include-workspace-root=false', ...selected, ...NPM_OPTIONS], target);
  keepOnly(folders, rootPackage, target, image);
  // npm installs what a workspace that was not asked for shares with one that was; and a bill tells of nothing but what is there
  run('npm', ['prune', '--omit=dev', ...NPM_OPTIONS], target);
  const bill = run('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'], target);
  writeFileSync(join(target, 'sbom.cdx.json'), `${JSON.stringify(steadyBill(JSON.parse(bill), image), null, 2)}\n`);
  for (const file of ['package-lock.json', '.npmrc', 'node_modules/.package-lock.json']) rmSync(join(target, file));
  removeForeign(join(target, 'node_modules'));

  for (const folder of code ?? folders.map((each) => join(each, 'dist'))) copy(root, target, folder, isCompiledProduct);
  for (const file of files) copy(root, target, file);
  for (const [from, to] of Object.entries(others)) {
    mkdirSync(dirname(join(target, to)), { recursive: true });
    cpSync(join(root, from), join(target, to));
  }
}

/** A checkout of these workspaces alone, without what they are developed with: so that npm finds what is too much, or missing. */
function keepOnly(folders, { name, version, license, type }, target, image) {
  for (const folder of readJson(join(target, 'package.json')).workspaces) {
    const file = join(target, folder, 'package.json');
    if (folders.includes(folder)) {
      const own = readJson(file);
      delete own.devDependencies;
      delete own.scripts;
      writeJson(file, own);
    } else rmSync(file);
  }
  writeJson(join(target, 'package.json'), {
    name: `${name}-${image}`,
    version,
    license,
    type,
    private: true,
    workspaces: folders,
  });
  removeEmptyFolders(target);
}

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory() && entry.name !== 'node_modules') removeEmptyFolders(join(folder, entry.name));
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

/** The workspace and those of the repository that it depends on, however far. */
function withDependencies(workspace, workspaces, root) {
  const byName = new Map(workspaces.map((folder) => [readJson(join(root, folder, 'package.json')).name, folder]));
  const found = new Set();
  const add = (folder) => {
    if (found.has(folder)) return;
    found.add(folder);
    const { dependencies = {} } = readJson(join(root, folder, 'package.json'));
    for (const name of Object.keys(dependencies)) if (byName.has(name)) add(byName.get(name));
  };
  add(workspace);
  return [...found];
}

/** Tests and what helps them are compiled beside the rest, types and build notes are of no use to Node. */
function isCompiledProduct(path) {
  return !/(\.test\.js|\.d\.ts|\.tsbuildinfo|\.map)$|\/testing(\/|$)|\/fake-[^/]*\.js$/.test(path);
}

function copy(root, target, path, filter = () => true) {
  const from = join(root, path);
  if (!existsSync(from)) throw new Error(`${path} is missing: build the checkout first (npm ci && npm run build)`);
  mkdirSync(dirname(join(target, path)), { recursive: true });
  cpSync(from, join(target, path), { recursive: true, filter: (source) => filter(relative(root, source)) });
}

/** Libraries of other systems, which some packages bring along, and links to programs that nobody starts. */
function removeForeign(modules) {
  rmSync(join(modules, '.bin'), { recursive: true, force: true });
  // of scopes whose packages were pruned
  for (const scope of readdirSync(modules))
    if (readdirSync(join(modules, scope)).length === 0) rmdirSync(join(modules, scope));
  const binaries = join(modules, 'onnxruntime-node/bin');
  if (!existsSync(binaries)) return;
  for (const version of readdirSync(binaries))
    for (const system of readdirSync(join(binaries, version))) {
      const folder = join(binaries, version, system);
      if (system !== platform) rmSync(folder, { recursive: true });
      else
        for (const processor of readdirSync(folder))
          if (processor !== arch) rmSync(join(folder, processor), { recursive: true });
    }
}

/** The bill of materials without what differs from run to run: its number follows from what it lists. */
function steadyBill(bill, image) {
  const { metadata: about, ...rest } = bill;
  delete rest.serialNumber;
  delete about.timestamp;
  // npm takes the folder's
  about.component.name = `hilum-${image}`;
  const seconds = process.env['SOURCE_DATE_EPOCH'];
  const at = seconds === undefined ? {} : { timestamp: new Date(Number(seconds) * 1000).toISOString() };
  const digest = createHash('sha256').update(JSON.stringify({ about, rest })).digest('hex');
  // RFC 9562: version 8, variant 10
  const uuid = digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
  return { ...rest, serialNumber: `urn:uuid:${uuid}`, metadata: { ...at, ...about } };
}

function run(command, args, cwd) {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args[0]} failed:\n${stderr}`);
  return stdout;
}

function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [image = '', target] = process.argv.slice(2);
  if (!Object.hasOwn(IMAGES, image) || target === undefined) {
    process.stderr.write(`usage: assemble.mjs ${Object.keys(IMAGES).join('|')} FOLDER\n`);
    process.exit(2);
  }
  assemble(image, resolve(target));
}
