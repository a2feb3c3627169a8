#!/usr/bin/env node
import { PrepareError, prepare } from './prepare.mjs';

try {
  // Only what starts servers needs Java, Maven and Go.
  await prepare({ allPrerequisites: process.argv[2] === 'up' });
} catch (error) {
  if (!(error instanceof PrepareError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const { main } = await import('../dist/main.js');
process.exitCode = await main(process.argv);
