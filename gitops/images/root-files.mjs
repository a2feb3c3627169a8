#!/usr/bin/env node
// Puts what Node needs around an application into an otherwise empty root: Node itself, the libraries that it and the packages'
// own libraries load, the user that it runs as, and how names are looked up.
//
//   node gitops/images/root-files.mjs FOLDER     FOLDER/app is there already (assemble.mjs)
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE = '/usr/local/bin/node';
const USER = 65532;

/** @param {string} root @throws Error when a library that something loads is not on this machine */
export function addRootFiles(root) {
  place(process.execPath, root, NODE);
  const programs = [process.execPath, ...nativeModules(join(root, 'app'))];
  for (const library of new Set(programs.flatMap((program) => librariesOf(program, join(root, 'app')))))
    place(library, root, library);
  for (const [file, text] of Object.entries({
    'etc/passwd': `hilum:x:${USER}:${USER}:hilum:/app:/sbin/nologin\n`,
    'etc/group': `hilum:x:${USER}:\n`,
    'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  })) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  mkdirSync(join(root, 'tmp'), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
}

/** Follows links: what lies there is the library itself, under the name that is asked for. */
function place(from, root, at) {
  mkdirSync(join(root, dirname(at)), { recursive: true });
  cpSync(realpathSync(from), join(root, at));
}

function nativeModules(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => /\.node$|\.so(\.\d+)*$/.test(file))
    .map((file) => join(folder, file));
}

/** Absolute paths of the libraries that the loader would take, but for those that the application brings. */
function librariesOf(program, app) {
  const text = execFileSync('ldd', [program], { encoding: 'utf8' });
  const lines = text.split('\n').map((line) => line.trim());
  const missing = lines.filter((line) => line.endsWith('not found'));
  if (missing.length > 0) throw new Error(`${program} needs ${missing.join(', ')}`);
  return lines
    .map((line) => /(?:=> )?(\/\S+) \(0x/.exec(line)?.[1])
    .filter((library) => library !== undefined && !resolve(library).startsWith(app));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , root] = process.argv;
  if (root === undefined) {
    process.stderr.write('usage: root-files.mjs FOLDER\n');
    process.exit(2);
  }
  addRootFiles(resolve(root));
}
