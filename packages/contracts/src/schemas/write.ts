import { mkdirSync, writeFileSync } from 'node:fs';
import { SCHEMA_FOLDER, jsonSchemaFiles } from './json-schemas.js';

mkdirSync(SCHEMA_FOLDER, { recursive: true });
for (const [name, text] of jsonSchemaFiles()) {
  writeFileSync(new URL(name, SCHEMA_FOLDER), text);
  process.stdout.write(`${name}\n`);
}
