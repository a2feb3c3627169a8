#!/usr/bin/env node
// Puts what `tsc -b` made of the scoring service, and all that it imports, into a dozen files in `bundle/`: Node finds, reads and
// links some thousand modules otherwise, which takes a third of the time until the service is ready.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const folder = import.meta.dirname;

/** In the bundle the thread's script stands beside what starts it. */
const threadBesideIt = {
  name: 'thread-beside-it',
  transform: {
    filter: { id: /threaded-model\.js$/ },
    handler(code) {
      const moved = code.replace("'../dist/model-thread.js'", "'./model-thread.js'");
      if (moved === code)
        throw new Error('threaded-model.js names the script of its threads in another way: say it here too');
      return { code: moved, map: null };
    },
  },
};

const bundle = await rolldown({
  input: {
    'inference-process': join(folder, 'dist/inference-process.js'),
    'model-thread': join(folder, '../model/dist/model-thread.js'),
  },
  platform: 'node',
  // they bring native libraries, which they look for beside themselves
  external: ['onnxruntime-node', 'sharp'],
  plugins: [threadBesideIt],
});
const { output } = await bundle
  .generate({
    format: 'esm',
    // without numbers, so that a stack in a log tells which part it was
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  })
  .finally(() => bundle.close());
const target = join(folder, 'bundle');
rmSync(target, { recursive: true, force: true });
mkdirSync(target);
for (const { fileName, code } of output) writeFileSync(join(target, fileName), inAscii(code));

/** One character beyond Latin-1, as in iconv-lite's tables, makes V8 keep and read a whole file with two bytes a character. */
function inAscii(code) {
  return code.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
