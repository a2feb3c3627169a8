// Compiles jpeg-kernel.ts and writes it as a module, with the digest of its source: a test holds the two together.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const source = join(import.meta.dirname, 'jpeg-kernel.ts');
const target = join(import.meta.dirname, '../src/baseline-jpeg/kernel-wasm.ts');
const folder = mkdtempSync(join(tmpdir(), 'hilum-kernel-'));
try {
  const wasm = join(folder, 'kernel.wasm');
  const options = ['-O3', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '1', '-o', wasm];
  execFileSync('npx', ['--yes', '--package=assemblyscript@0.28.20', 'asc', source, ...options], { stdio: 'inherit' });
  const lines = readFileSync(wasm)
    .toString('base64')
    .match(/.{1,112}/g);
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex');
  writeFileSync(
    target,
    `// Made by \`npm run kernel -w inference/model\` from kernel/jpeg-kernel.ts; do not change by hand.

export const KERNEL_SOURCE_SHA256 = '${digest}';

export const KERNEL = Buffer.from(
${lines.map((line) => `  '${line}'`).join(' +\n')},
  'base64',
);
`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
