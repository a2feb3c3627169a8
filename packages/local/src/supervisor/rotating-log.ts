import { closeSync, existsSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A log file that cannot fill the disk: past maxBytes it becomes `<path>.1` (replacing the last one) and a new file is
 * begun. Writes are synchronous, so the last words before a crash are on disk.
 */
export class RotatingLog {
  readonly path: string;
  readonly #maxBytes: number;
  #fd: number;
  #bytes: number;

  constructor(path: string, maxBytes: number = 10 * 1024 * 1024) {
    this.path = path;
    this.#maxBytes = maxBytes;
    mkdirSync(dirname(path), { recursive: true });
    this.#fd = openSync(path, 'a', 0o600);
    this.#bytes = fstatSync(this.#fd).size;
  }

  /** Never throws: a full disk must not take the supervisor down with the process that filled it. */
  write(chunk: Buffer | string): void {
    try {
      // Someone deleted the file by hand: without this, lines would go to a file that nobody can open.
      if (this.#bytes >= this.#maxBytes || !existsSync(this.path)) this.#rotate();
      this.#bytes += writeSync(this.#fd, typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    } catch {
      // The line is lost; there is nowhere to say so.
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #rotate(): void {
    closeSync(this.#fd);
    if (existsSync(this.path)) renameSync(this.path, `${this.path}.1`);
    this.#fd = openSync(this.path, 'a', 0o600);
    this.#bytes = 0;
  }
}
