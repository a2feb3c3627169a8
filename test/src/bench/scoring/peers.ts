import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../../support/repository.js';
import { peerPython } from './servers.js';

/** Their code and settings are in test/bench/peers; each listens at BENCH_PORT and takes an image as it is. */
export const PEERS = [{ name: 'fastapi', readyPath: '/ready', scorePath: '/score' }] as const;

const run = promisify(execFile);

/** Makes a peer's Python environment below .hilum/bench, once for each form of its requirements. */
export async function installPeer(name: string, say: (line: string) => void): Promise<void> {
  const folder = join(repositoryRoot, '.hilum/bench/peers', name);
  const requirements = join(repositoryRoot, 'test/bench/peers', name, 'requirements.txt');
  const stamp = join(folder, 'requirements.sha256');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (readIfThere(stamp) === wanted) return;
  say(`peers: installing ${name} (once)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await run('python3.11', ['-m', 'venv', join(folder, 'venv')]);
  await run(peerPython(name), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  writeFileSync(stamp, wanted);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
