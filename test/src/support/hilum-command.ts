import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const packageDir = dirname(createRequire(import.meta.url).resolve('@hilum/local/package.json'));
const main = pathToFileURL(join(packageDir, 'dist/main.js')).href;

export interface CommandResult {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the compiled `hilum` command (without the preparation of a checkout that `bin/hilum.mjs` does first). */
export async function hilum(args: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> {
  const script = `const { main } = await import(${JSON.stringify(main)});
    process.exitCode = await main(['node', 'hilum', ...process.argv.slice(1)]);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, out, err };
}
