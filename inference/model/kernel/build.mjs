// Compiles the kernels and writes each as a module, with the digest of its source: tests hold the two together.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const KERNELS = [
  ['jpeg-kernel', 'baseline-jpeg/jpeg-kernel-wasm.ts'],
  ['grey-kernel', 'grey/grey-kernel-wasm.ts'],
];

const folder = mkdtempSync(join(tmpdir(), 'hilum-kernel-'));
try {
  for (const [name, target] of KERNELS) {
    const source = join(import.meta.dirname, `${name}.ts`);
    const wasm = join(folder, `${name}.wasm`);
    const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '-o', wasm];
    execFileSync('npx', ['--yes', '--package=assemblyscript@0.28.20', 'asc', source, ...options], { stdio: 'inherit' });
    const lines = readFileSync(wasm)
      .toString('base64')
      .match(/.{1,112}/g);
    const digest = createHash('sha256').update(readFileSync(source)).digest('hex');
    writeFileSync(
      join(import.meta.dirname, '../src', target),
      `// Made by \`npm run kernel -w inference/model\` from kernel/${name}.ts; do not change by hand.

export const KERNEL_SOURCE_SHA256 = '${digest}';

export const KERNEL = Buffer.from(
${lines.map((line) => `  '${line}'`).join(' +\n')},
  'base64',
);
`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
