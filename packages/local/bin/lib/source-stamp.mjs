import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const IGNORED = new Set(['node_modules', 'dist', '.hilum', '.git', 'coverage', '__pycache__']);

/** Every file below the folders (a path may be a file itself), sorted; build output and dependencies left out. */
export function filesBelow(paths, accept = () => true) {
  const found = [];
  const visit = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (!stat.isDirectory()) {
      if (accept(path)) found.push({ path, size: stat.size, mtimeMs: stat.mtimeMs });
      return;
    }
    for (const name of readdirSync(path)) if (!IGNORED.has(name)) visit(join(path, name));
  };
  for (const path of paths) visit(path);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A hash over names, sizes and modification times: changes when a source does, at the cost of a stat per file. */
export function stampOf(files) {
  const hash = createHash('sha256');
  for (const { path, size, mtimeMs } of files) hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  return hash.digest('hex');
}

export function readStamp(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

export function writeStamp(file, stamp) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${stamp}\n`);
}
