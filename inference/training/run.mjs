#!/usr/bin/env node
// Runs a Python script of this folder with the packages of requirements.txt, installed once below .hilum/training:
//   node inference/training/run.mjs train.py --data DIR
// Uses nothing but Node itself, so that training needs no other installed part of this repository.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const root = resolve(folder, '../..');
const environment = join(root, '.hilum/training/venv');
const python = join(environment, 'bin/python');
const stamp = join(environment, '.hilum-requirements');

// Where npm was asked for, not where the package lies: relative folders are the user's.
const cwd = process.env.INIT_CWD ?? process.cwd();

const [script, ...args] = process.argv.slice(2);
if (script === undefined || !existsSync(join(folder, script))) {
  process.stderr.write(
    'usage: node inference/training/run.mjs SCRIPT.py [ARGUMENT…], a script of inference/training\n',
  );
  process.exit(2);
}

const requirements = readFileSync(join(folder, 'requirements.txt'), 'utf8');
const wanted = createHash('sha256').update(requirements).digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) await install();
process.exitCode = await run(python, [join(folder, script), ...args]);

async function install() {
  process.stderr.write('installing what training needs into .hilum/training/venv (about 6 GB, several minutes)\n');
  const host = await hostPython();
  rmSync(environment, { recursive: true, force: true });
  mkdirSync(dirname(environment), { recursive: true });
  for (const [command, commandArgs] of [
    [host, ['-m', 'venv', environment]],
    [python, ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', join(folder, 'requirements.txt')]],
  ]) {
    const code = await run(command, commandArgs);
    if (code !== 0) fail(`${[command, ...commandArgs].join(' ')} ended with ${code}: its last lines say why`);
  }
  writeFileSync(stamp, wanted);
}

/** The pinned packages are made for Python 3.11 and newer. */
async function hostPython() {
  for (const command of ['python3.11', 'python3']) {
    const code = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 11) else 1)';
    if ((await run(command, ['-c', code], 'ignore').catch(() => 1)) === 0) return command;
  }
  return fail('Python 3.11 or newer with venv is missing: e.g. apt-get install python3 python3-venv');
}

/** @returns the exit code; 1 when a signal ended it */
function run(command, commandArgs, stdio = 'inherit') {
  return new Promise((done, failed) => {
    const child = spawn(command, commandArgs, { cwd, stdio });
    // Ctrl-C reaches the child through the terminal; this process must stay to tell how it ended.
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill(signal));
    child.once('error', failed);
    child.once('exit', (code) => done(code ?? 1));
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
