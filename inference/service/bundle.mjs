#!/usr/bin/env node
// Puts what `tsc -b` made of the scoring service, and all that it imports, into a few files in `bundle/`: Node finds, reads and
// links some thousand modules otherwise, which takes 30 % of the time until the service is ready.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const folder = import.meta.dirname;

/** How many modules named the script of the threads: exactly one is to. */
let named = 0;

/** In the bundle the thread's script stands beside what starts it. */
const threadBesideIt = {
  name: 'thread-beside-it',
  transform: {
    filter: { code: "'../dist/model-thread.js'" },
    handler(code) {
      named += 1;
      return { code: code.replace("'../dist/model-thread.js'", "'./model-thread.js'"), map: null };
    },
  },
};

const bundle = await rolldown({
  // else paths in it, and so the image, would depend on where it is made from
  cwd: join(folder, '../..'),
  input: {
    'inference-process': join(folder, 'dist/inference-process.js'),
    'model-thread': join(folder, '../model/dist/model-thread.js'),
  },
  platform: 'node',
  external: [
    // they bring native libraries, which they look for beside themselves
    'onnxruntime-node',
    'sharp',
    // `debug` does without it where it is not installed, as in an image, which has no package that is there for development alone
    'supports-color',
  ],
  plugins: [threadBesideIt],
  onLog(level, log) {
    if (level === 'warn') throw new Error(log.message);
  },
});
const { output } = await bundle
  .generate({
    format: 'esm',
    // without a digest, so that a stack in a log tells which part it was
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  })
  .finally(() => bundle.close());
if (named !== 1)
  throw new Error(`${named} modules name '../dist/model-thread.js' instead of one: say here what does now`);

// Beside what is there until it is whole: a bundle of which half is written would be taken for one.
const [target, made] = [join(folder, 'bundle'), join(folder, 'bundle.new')];
rmSync(made, { recursive: true, force: true });
mkdirSync(made);
for (const { fileName, code } of output) writeFileSync(join(made, fileName), inAscii(code));
rmSync(target, { recursive: true, force: true });
renameSync(made, target);

/**
 * One character beyond Latin-1, as in iconv-lite's tables, makes V8 keep and read a whole file with two bytes a character. An
 * escape means the same in strings, names and regular expressions, not behind a backslash and in `String.raw`, where none is.
 */
function inAscii(code) {
  return code.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
