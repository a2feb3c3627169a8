import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../support/repository.js';
import { bootstrapCommands, commandBlocks } from './documented-commands.js';

const TEST = 'test/src/clusters/tests/gitops.test.ts';

/** What the harness does itself, or what would end the fleet that all tests share. */
const NOT_RUN = ['export', 'clusteradm', 'argocd', 'kubectl --context hub delete managedcluster'];

describe('the commands of a document', () => {
  it('are its blocks of shell, with the step that tests run them by', () => {
    const markdown =
      'text\n\n```sh run=first\none \\\n  more\n```\n\n```yaml\nkey: value\n```\n\n```sh\nby hand\n```\n';
    expect(commandBlocks(markdown)).toEqual([
      { step: 'first', commands: 'one \\\n  more', line: 3 },
      { step: null, commands: 'by hand', line: 12 },
    ]);
  });
});

describe('docs/bootstrap.md', () => {
  const blocks = bootstrapCommands();

  it('has every step once, and each is followed on real control planes', () => {
    const steps = blocks.flatMap(({ step }) => step ?? []);
    expect(steps.length).toBeGreaterThan(10);
    expect(steps).toEqual([...new Set(steps)]);
    const test = readFileSync(join(repositoryRoot, TEST), 'utf8');
    expect(steps.filter((step) => !test.includes(`follow('${step}'`))).toEqual([]);
  });

  it('leaves to a person alone what cannot be run there', () => {
    const alone = blocks
      .filter(({ step }) => step === null)
      .flatMap(({ commands }) => commands.replaceAll(/\\\n\s*/g, '').split('\n'));
    expect(alone.filter((command) => !NOT_RUN.some((start) => command.startsWith(start)))).toEqual([]);
  });
});
