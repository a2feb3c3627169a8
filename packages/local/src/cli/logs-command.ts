import { closeSync, existsSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UsageError } from '../fleet/fleet-config.js';
import { lastLines } from './serve-fleet.js';
import type { Terminal } from './terminal.js';

const POLL_MS = 250;

export interface LogsOptions {
  dataDir: string;
  /** every process when absent */
  process?: string | undefined;
  lines: number;
  follow: boolean;
}

/** `hilum logs`: the last lines of one log or of all, and with follow what comes after. @returns the exit code */
export async function logs(options: LogsOptions, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const folder = join(options.dataDir, 'logs');
  const available = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.log')) : [];
  const chosen =
    options.process === undefined ? available : available.filter((name) => name === `${options.process}.log`);
  if (chosen.length === 0) {
    const names = available.map((name) => basename(name, '.log')).join(', ');
    throw new UsageError(
      options.process === undefined || available.length === 0
        ? `there are no logs in ${folder}`
        : `there is no log of ${options.process}; there are: ${names}`,
    );
  }
  const width = Math.max(...chosen.map((name) => name.length - '.log'.length));
  const followed = chosen.map((name) => {
    const prefix = options.process === undefined ? `${basename(name, '.log').padEnd(width)} | ` : '';
    const file = join(folder, name);
    // Measured before reading: a line written in between is shown twice rather than never.
    const tail = new FileTail(file);
    for (const line of lastLines(file, options.lines)) terminal.out(`${prefix}${line}\n`);
    return { tail, prefix };
  });
  while (options.follow && !signal.aborted) {
    for (const { tail, prefix } of followed) for (const line of tail.newLines()) terminal.out(`${prefix}${line}\n`);
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return 0;
}

/** Gives the lines a file has gained, also across its rotation. */
class FileTail {
  readonly #file: string;
  #inode: number;
  #offset: number;
  #rest = '';

  constructor(file: string) {
    const { ino, size } = statSync(file);
    this.#file = file;
    this.#inode = ino;
    this.#offset = size;
  }

  newLines(): string[] {
    const stat = statSync(this.#file, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    const lines: string[] = [];
    if (stat.ino !== this.#inode) {
      lines.push(...this.#read(`${this.#file}.1`));
      this.#inode = stat.ino;
      this.#offset = 0;
    }
    lines.push(...this.#read(this.#file));
    return lines;
  }

  #read(file: string): string[] {
    if (!existsSync(file)) return [];
    const fd = openSync(file, 'r');
    try {
      const chunk = Buffer.alloc(64 * 1024);
      for (;;) {
        const bytes = readSync(fd, chunk, 0, chunk.length, this.#offset);
        if (bytes === 0) break;
        this.#offset += bytes;
        this.#rest += chunk.toString('utf8', 0, bytes);
      }
    } finally {
      closeSync(fd);
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}
