import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, cachedPart, runTool } from '@hilum/local';
import { repositoryRoot } from '../repository.js';

const FOLDER = join(repositoryRoot, 'test/src/support/python-clients');
const REQUIREMENTS = join(FOLDER, 'requirements.txt');

/** numpy, which the clients need, is made for no older one. */
const LEAST_PYTHON = [3, 11] as const;

/** Nothing beside what was installed is ever written into the cache. */
const env = { PYTHONDONTWRITEBYTECODE: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' };

/**
 * Runs a Python script of this folder with the clients of `requirements.txt`, which are installed once into the cache.
 * @returns its standard output
 * @throws Error that says how to get what is missing, or the last lines of what failed
 */
export async function runWithPythonClients(
  script: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  const python = join(await pythonClients(signal), 'bin/python');
  return runTool({ command: python, args: [join(FOLDER, script), ...args], cwd: FOLDER, env, signal });
}

/** The folder of the virtual environment. */
export async function pythonClients(signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  return cachedPart(
    cacheDir(),
    {
      key: `python-clients-${hash}`,
      onWait: () => undefined,
      build: async (draft, buildSignal) => {
        await assertPython(buildSignal);
        const run = (command: string, ...args: string[]): Promise<string> =>
          runTool({ command, args, cwd: FOLDER, env, signal: buildSignal });
        await run('python3', '-m', 'venv', draft);
        // only wheels: what would have to be compiled needs more than Python, and says so in a thousand lines
        const install = ['install', '--quiet', '--no-compile', '--only-binary=:all:', '--requirement', REQUIREMENTS];
        await run(join(draft, 'bin/python'), '-m', 'pip', ...install);
      },
    },
    signal,
  );
}

/** @throws Error with how to get it */
async function assertPython(signal: AbortSignal): Promise<void> {
  const least = LEAST_PYTHON.join('.');
  const run = (code: string): Promise<string> =>
    runTool({ command: 'python3', args: ['-c', code], cwd: FOLDER, env, signal });
  let version: string;
  try {
    version = await run('import sys; print("%d.%d" % sys.version_info[:2])');
  } catch (error) {
    throw new Error(`Python ${least} or newer is missing: install python3, e.g. apt-get install python3 python3-venv`, {
      cause: error,
    });
  }
  const [major = 0, minor = 0] = version.trim().split('.').map(Number);
  if (major < LEAST_PYTHON[0] || (major === LEAST_PYTHON[0] && minor < LEAST_PYTHON[1]))
    throw new Error(`Python ${version.trim()} is too old, ${least} or newer is needed: put it first in the PATH`);
  try {
    await run('import venv, ensurepip');
  } catch (error) {
    throw new Error('Python’s venv module is missing: e.g. apt-get install python3-venv', { cause: error });
  }
}
