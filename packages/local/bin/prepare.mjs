#!/usr/bin/env node
// Brings a fresh checkout to the point where the compiled programs can run. Runs before anything is installed, so it
// uses nothing but Node itself.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lock } from './lib/file-lock.mjs';
import { absentParts, cacheFolder } from './lib/parts.mjs';
import { leastPrerequisites, missingPrerequisites, prerequisitesFor } from './lib/prerequisites.mjs';
import { filesBelow, readStamp, stampOf, writeStamp } from './lib/source-stamp.mjs';

export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

/** A failure whose message says all there is to say: printed without a stack. */
export class PrepareError extends Error {}

/**
 * Checks prerequisites, installs dependencies and builds, each only when needed. Two at once wait for each other.
 * @param {{ report?: (line: string) => void, root?: string, allPrerequisites?: boolean }} options
 *   allPrerequisites: false checks Node alone, for commands that start no server.
 * @throws {PrepareError}
 */
export async function prepare({
  report = (line) => process.stderr.write(`${line}\n`),
  root = repositoryRoot,
  allPrerequisites = true,
} = {}) {
  const toFetch = () => absentParts(join(root, 'packages/local'), cacheFolder(root));
  const missing = await missingPrerequisites(allPrerequisites ? prerequisitesFor(toFetch()) : leastPrerequisites);
  if (missing.length > 0) throw new PrepareError(missing.join('\n'));
  try {
    const held = await lock(join(root, '.hilum/prepare.lock'), {
      onWait: ({ pid }) => report(`waiting for another preparation (pid ${pid}) to finish`),
    });
    try {
      await installDependencies(root, report);
      await compile(root, report);
      await bundleService(root, report);
      await buildConsole(root, report);
    } finally {
      held.release();
    }
  } catch (error) {
    // a disk that is full or read-only, or npm missing: the system's own words say which
    if (typeof error.syscall !== 'string') throw error;
    throw new PrepareError(`the checkout ${root} cannot be prepared: ${error.message}`, { cause: error });
  }
}

/** `npm ci` when node_modules is missing or not what package-lock.json asks for. */
export async function installDependencies(root, report) {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const stampFile = join(root, 'node_modules/.hilum-lock-hash');
  const wanted = createHash('sha256').update(lockText).digest('hex');
  if (readStamp(stampFile) === wanted) return;
  if (!isInstalled(root, JSON.parse(lockText))) {
    // onnxruntime-node's install script would download GPU libraries; the CPU library is inside the package.
    await step(root, report, 'installing dependencies (npm ci)', 'npm', ['ci', '--no-audit', '--no-fund'], {
      ONNXRUNTIME_NODE_INSTALL: 'skip',
    });
  }
  writeStamp(stampFile, wanted);
}

/** Whether an `npm install` by hand already brought node_modules to what the lock file says. */
function isInstalled(root, lockFile) {
  let installed;
  try {
    installed = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  return Object.entries(lockFile.packages).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true;
    const found = installed[path];
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true || wanted.peer === true;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** `tsc -b` when a source, a tsconfig or the installed dependencies changed since the last time it succeeded. */
export async function compile(root, report) {
  const folders = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).references.map(({ path }) => path);
  const sources = filesBelow(
    ['tsconfig.json', 'tsconfig.base.json', 'node_modules/.hilum-lock-hash', ...folders].map((p) => join(root, p)),
    (path) => /(\.ts|\.mts|\.tsx|\.json|\.hilum-lock-hash)$/.test(path),
  );
  const stamp = stampOf(sources);
  const stampFile = join(root, '.hilum/compiled');
  const isBuilt = folders.every((folder) => existsSync(join(root, folder, 'dist/.tsbuildinfo')));
  if (isBuilt && readStamp(stampFile) === stamp) return;
  await step(root, report, 'compiling', process.execPath, ['node_modules/typescript/bin/tsc', '-b']);
  writeStamp(stampFile, stamp);
}

/** The scoring service's bundle, when what the compiler made of it changed. */
export async function bundleService(root, report) {
  const folder = join(root, 'inference/service');
  const compiled = ['packages/contracts', 'packages/runtime', 'inference/model', 'inference/service'];
  const sources = [
    ...compiled.map((each) => `${each}/dist`),
    'inference/service/bundle.mjs',
    'node_modules/.hilum-lock-hash',
  ];
  const stamp = stampOf(filesBelow(sources.map((path) => join(root, path))));
  const stampFile = join(root, '.hilum/bundled');
  if (existsSync(join(folder, 'bundle/inference-process.js')) && readStamp(stampFile) === stamp) return;
  await step(root, report, 'bundling the scoring service', process.execPath, ['inference/service/bundle.mjs']);
  writeStamp(stampFile, stamp);
}

/** The console's own build, when its sources changed. */
export async function buildConsole(root, report) {
  const folder = join(root, 'hub/console');
  const stamp = stampOf(filesBelow([folder, join(root, 'node_modules/.hilum-lock-hash')]));
  const stampFile = join(root, '.hilum/console');
  if (existsSync(join(folder, 'dist')) && readStamp(stampFile) === stamp) return;
  await step(root, report, 'building the console', 'npm', ['run', 'build', '--workspace', 'hub/console']);
  writeStamp(stampFile, stamp);
}

/** Runs one command; its output is shown only when it fails. A sign of life every 15 s. */
async function step(root, report, title, command, args, env = {}) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  report(`${title} …`);
  const alive = setInterval(() => report(`${title} … ${seconds()} s`), 15_000);
  const output = [];
  const code = await new Promise((resolveCode, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolveCode(exitCode ?? signal));
  }).finally(() => clearInterval(alive));
  if (code !== 0) {
    const text = Buffer.concat(output).toString('utf8').trimEnd();
    throw new PrepareError(`${text}\n${title} failed: ${command} ${args.join(' ')} ended with ${code}`);
  }
  report(`${title}: done in ${seconds()} s`);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await prepare();
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
