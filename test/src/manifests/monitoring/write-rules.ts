import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot } from '../../support/repository.js';
import { RULE_MANIFESTS, ruleManifest } from './prometheus-rules.js';

for (const [file, names] of Object.entries(RULE_MANIFESTS)) {
  const path = join(repositoryRoot, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, ruleManifest(names));
}
