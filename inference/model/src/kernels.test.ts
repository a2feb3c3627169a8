import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { KERNEL_SOURCE_SHA256 as jpegSource } from './baseline-jpeg/jpeg-kernel-wasm.js';
import { KERNEL_SOURCE_SHA256 as greySource } from './grey/grey-kernel-wasm.js';

it.each([
  ['jpeg-kernel.ts', jpegSource],
  ['grey-kernel.ts', greySource],
])('the compiled kernel is that of its source: %s', (file, sha256) => {
  const source = readFileSync(path.join(import.meta.dirname, '../kernel', file));
  expect(createHash('sha256').update(source).digest('hex')).toBe(sha256);
});
