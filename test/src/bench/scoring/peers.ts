import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../../support/repository.js';
import { peerFolder, peerPython } from './servers.js';

/** A server that others use for what the scoring service does. */
export interface Peer {
  /** of its folder in test/bench/peers and of its package */
  name: string;
  /** of the server, as an SPDX identifier; nothing of it is part of Hilum */
  licence: string;
  /** answers 200 when images can be sent */
  readyPath: string;
  /** takes an image as it is and answers `{"probability": …}` */
  scorePath: string;
}

/** Their code and settings are in test/bench/peers; each listens at BENCH_PORT. */
export const PEERS: readonly Peer[] = [
  { name: 'fastapi', licence: 'MIT', readyPath: '/ready', scorePath: '/score' },
  // its server says that it is ready before it has any model
  { name: 'mlserver', licence: 'Apache-2.0', readyPath: '/v2/models/pneumonia/ready', scorePath: '/score' },
  { name: 'bentoml', licence: 'Apache-2.0', readyPath: '/readyz', scorePath: '/score' },
  { name: 'litserve', licence: 'Apache-2.0', readyPath: '/health', scorePath: '/score' },
];

/** Of the repository: server.py, requirements.txt and what else a peer needs. */
export function peerCode(name: string): string {
  return join(repositoryRoot, 'test/bench/peers', name);
}

const run = promisify(execFile);

/** Makes a peer's Python environment below .hilum/bench, once for each form of its requirements. */
export async function installPeer(name: string, say: (line: string) => void): Promise<void> {
  const folder = peerFolder(name);
  const requirements = join(peerCode(name), 'requirements.txt');
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
