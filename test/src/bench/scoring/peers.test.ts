import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../support/repository.js';
import { peerCode, PEERS } from './peers.js';

const folder = join(repositoryRoot, 'test/bench/peers');
const requirementsOf = (name: string): string[] =>
  readFileSync(join(peerCode(name), 'requirements.txt'), 'utf8')
    .split('\n')
    .filter(Boolean);

describe('the peers of the benchmark', () => {
  it('are those that have a folder', () => {
    const folders = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== '__pycache__')
      .map(({ name }) => name);
    expect(folders.sort()).toEqual(PEERS.map(({ name }) => name).sort());
  });

  it.each(PEERS)('have a server that scores as all do: $name', ({ name }) => {
    expect(existsSync(join(peerCode(name), 'server.py'))).toBe(true);
    const code = readdirSync(peerCode(name)).filter((file) => file.endsWith('.py'));
    const text = code.map((file) => readFileSync(join(peerCode(name), file), 'utf8')).join('\n');
    expect(text).toContain('from scoring import');
  });

  it.each(PEERS)('are installed in exact versions, the server itself first: $name', ({ name }) => {
    const requirements = requirementsOf(name);
    expect(requirements[0]).toMatch(new RegExp(`^${name}==`));
    for (const requirement of requirements) expect(requirement).toMatch(/^[a-z0-9-]+(\[[a-z,]+\])?==[0-9][0-9a-z.]*$/);
  });

  it('decode and predict with the same libraries', () => {
    const shared = PEERS.map(({ name }) =>
      requirementsOf(name).filter((line) => /^(onnxruntime|pillow|numpy)==/.test(line)),
    );
    for (const libraries of shared) {
      expect(libraries).toHaveLength(3);
      expect(libraries).toEqual(shared[0]);
    }
  });

  it.each(PEERS)('are described with version and licence: $name', ({ name, licence }) => {
    const readme = readFileSync(join(repositoryRoot, 'test/bench/README.md'), 'utf8');
    const row = readme.split('\n').find((line) => line.startsWith(`| ${name} `));
    expect(row).toContain(requirementsOf(name)[0]?.split('==')[1]);
    expect(row).toContain(licence);
  });
});
