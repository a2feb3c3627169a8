import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Every folder of the PATH is searched as the system does. */
function programPath(name: string): string {
  return execFileSync('which', [name], { encoding: 'utf8' }).trim();
}

/** A folder to be the whole PATH: links to these programs, and nothing else. */
export function pathWith(folder: string, programs: readonly string[]): string {
  mkdirSync(folder, { recursive: true });
  for (const name of programs) symlinkSync(programPath(name), join(folder, name));
  return folder;
}

/** A stand-in for a program, that says one thing on both streams. */
export function standIn(folder: string, name: string, says: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\necho '${says}'\necho '${says}' >&2\n`, { mode: 0o755 });
}

/** A TCP server on a free port of 127.0.0.1. */
export async function takePort(): Promise<{ port: number; free: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    free: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Command lines of all processes that name the path: whoever was started for a data folder has it in its own. */
export function processesOf(path: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return line.includes(path) ? [`${pid} ${line}`] : [];
      } catch {
        return [];
      }
    });
}

export interface ProcessResult {
  code: number | null;
  output: string;
  tookMs: number;
}

/** Runs a program of Node to its end, with no more environment than is given. */
export async function runNode(args: readonly string[], env: Record<string, string>): Promise<ProcessResult> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output, tookMs: performance.now() - startedAt };
}
