import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

/** What a pack's signature is over: one line for each file, as sha256sum writes and checks it. */
export const SUMS_FILE = 'SHA256SUMS';
export const SIGNATURE_FILE = 'SHA256SUMS.sig';
export const PUBLIC_KEY_FILE = 'public-key.pem';

/** Writes a ZIP file by file, however large they are, and keeps their hashes. */
export class PackWriter {
  readonly #zip = new ZipFile();
  readonly #sums = new Map<string, string>();
  readonly #mtime: Date;
  #current: Readable | null = null;

  /** @param mtime of every file, so that the same content is the same archive */
  constructor(mtime: Date) {
    this.#mtime = mtime;
    // whoever adds the file that failed is told; unheard, this one would end the process
    (this.#zip as unknown as NodeJS.EventEmitter).on('error', () => undefined);
  }

  get output(): Readable {
    return this.#zip.outputStream as Readable;
  }

  /** Resolves when the whole of it is in the archive. @throws what the content throws */
  async add(name: string, content: Iterable<string | Buffer> | AsyncIterable<string | Buffer>): Promise<void> {
    const hash = createHash('sha256');
    const stream = Readable.from(hashed(content, hash), { objectMode: false });
    this.#current = stream;
    const ended = once(stream, 'end');
    this.#zip.addReadStream(stream, name, { mtime: this.#mtime, mode: 0o100644 });
    await ended;
    this.#sums.set(name, hash.digest('hex'));
  }

  /** Ends what is under way, which {@link add} then throws. */
  abort(reason: Error): void {
    this.#current?.destroy(reason);
    this.output.destroy();
  }

  /** The last two files, without which the others prove nothing. @param sign a detached signature over bytes */
  async finish(sign: (bytes: Buffer) => Buffer): Promise<void> {
    const sums = Buffer.from([...this.#sums].map(([name, sum]) => `${sum}  ${name}\n`).join(''));
    await this.add(SUMS_FILE, [sums]);
    await this.add(SIGNATURE_FILE, [sign(sums)]);
    this.#zip.end();
  }
}

async function* hashed(
  content: Iterable<string | Buffer> | AsyncIterable<string | Buffer>,
  hash: ReturnType<typeof createHash>,
): AsyncIterable<Buffer> {
  for await (const chunk of content) {
    const bytes = Buffer.from(chunk);
    if (bytes.length === 0) continue;
    hash.update(bytes);
    yield bytes;
  }
}
