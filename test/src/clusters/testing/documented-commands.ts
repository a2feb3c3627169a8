import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../../support/repository.js';

const run = promisify(execFile);

/** A fenced block of shell commands in a document. */
export interface CommandBlock {
  /** From `run=name` after the fence's language; null when it is for a person alone. */
  step: string | null;
  commands: string;
  /** of the fence, from 1 */
  line: number;
}

/** The shell commands of a document: ```` ```sh run=step ```` begins what tests run, ```` ```sh ```` what they do not. */
export function commandBlocks(markdown: string): CommandBlock[] {
  const blocks: CommandBlock[] = [];
  let open: { step: string | null; line: number; commands: string[] } | null = null;
  markdown.split('\n').forEach((text, index) => {
    const fence = /^```(\S*)(?: run=(\S+))?\s*$/.exec(text);
    if (open !== null) {
      if (text === '```') {
        blocks.push({ step: open.step, line: open.line, commands: open.commands.join('\n') });
        open = null;
      } else open.commands.push(text);
    } else if (fence?.[1] === 'sh') open = { step: fence[2] ?? null, line: index + 1, commands: [] };
  });
  return blocks;
}

/** The commands of docs/bootstrap.md. */
export function bootstrapCommands(): CommandBlock[] {
  return commandBlocks(readFileSync(join(repositoryRoot, 'docs/bootstrap.md'), 'utf8'));
}

/** Runs steps of docs/bootstrap.md as a person would who works in this folder. */
export class BootstrapGuide {
  readonly #cwd: string;
  readonly #env: Record<string, string>;
  readonly #ran = new Set<string>();

  /** @param env what the document calls by name, and what the programs need */
  constructor(cwd: string, env: Record<string, string>) {
    this.#cwd = cwd;
    this.#env = env;
  }

  /** Which steps were run. */
  get ran(): ReadonlySet<string> {
    return this.#ran;
  }

  /** @throws Error when the document has no such step, or with what the commands said when one of them fails */
  async follow(step: string, env: Record<string, string> = {}): Promise<string> {
    const commands = bootstrapCommands().find((block) => block.step === step)?.commands;
    if (commands === undefined) throw new Error(`docs/bootstrap.md has no commands marked run=${step}`);
    this.#ran.add(step);
    return this.run(commands, env);
  }

  /** Runs commands that the document does not have. @returns what they wrote; @throws Error with what they said */
  async run(commands: string, env: Record<string, string> = {}): Promise<string> {
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', commands], {
      cwd: this.#cwd,
      env: { ...process.env, ...this.#env, ...env },
    }).catch((error: unknown) => {
      const { stdout: out = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new Error(`failed:\n${commands}\n\n${out}${stderr}`, { cause: error });
    });
    return stdout;
  }
}
