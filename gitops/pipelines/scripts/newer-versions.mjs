#!/usr/bin/env node
// Takes newer versions of the parts into gitops/versions.yaml: of those that the Go registry tells of by the part's own number.
// Says what it took, and what a person has to look at. Whether they work together is for the tests to find.
//
//   node gitops/pipelines/scripts/newer-versions.mjs gitops/versions.yaml
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';

/** No pre-release, and no build of a commit between two releases. */
const RELEASE = /^v(\d+)\.(\d+)\.(\d+)$/;

/**
 * @param {string} text of the versions file
 * @param {{ versions: (module: string) => string[], sum: (module: string, version: string) => string }} registry
 * @returns the text with newer versions of the same major, its comments kept; what was taken, and what was not looked at
 */
export function takeNewer(text, registry) {
  const document = parseDocument(text);
  const taken = [];
  const byHand = [];
  for (const { key, value: part } of document.get('parts').items) {
    const name = key.value;
    const version = part.get('version');
    const module = part.getIn(['definitions', 'module']);
    // charts, and modules that are numbered otherwise than what they describe
    if (module === undefined || part.getIn(['definitions', 'version']) !== version || part.has('chart')) {
      byHand.push(name);
      continue;
    }
    const newest = newestOf(version, registry.versions(module));
    if (newest === version) continue;
    part.set('version', newest);
    part.setIn(['definitions', 'version'], newest);
    part.setIn(['definitions', 'sum'], registry.sum(module, newest));
    taken.push({ name, from: version, to: newest });
  }
  return { text: document.toString({ lineWidth: 0 }), taken, byHand };
}

/** Another major is another product, which nobody takes without reading. */
function newestOf(version, all) {
  const major = RELEASE.exec(version)?.[1];
  return all
    .filter((one) => RELEASE.exec(one)?.[1] === major)
    .concat(version)
    .sort((a, b) => compare(a, b))
    .at(-1);
}

function compare(a, b) {
  const [left, right] = [a, b].map((version) => (RELEASE.exec(version) ?? []).slice(1).map(Number));
  return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
}

/** The Go registry, asked by its ordinary client, which checks sums against the checksum database. */
const goRegistry = {
  versions: (module) => go('list', '-m', '-versions', '-json', module).Versions ?? [],
  sum: (module, version) => go('mod', 'download', '-json', `${module}@${version}`).Sum,
};

function go(...args) {
  return JSON.parse(
    execFileSync('go', args, { cwd: tmpdir(), encoding: 'utf8', env: { ...process.env, GOFLAGS: '-mod=mod' } }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file] = process.argv.slice(2);
  if (file === undefined) {
    process.stderr.write('usage: newer-versions.mjs FILE\n');
    process.exit(2);
  }
  const { text, taken, byHand } = takeNewer(readFileSync(file, 'utf8'), goRegistry);
  writeFileSync(file, text);
  for (const { name, from, to } of taken) process.stdout.write(`${name}: ${from} → ${to}\n`);
  if (byHand.length > 0) process.stderr.write(`to be looked at by hand: ${byHand.join(', ')}\n`);
}
