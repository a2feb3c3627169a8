import { spawn, type ChildProcess } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { UsageError } from '../fleet/fleet-config.js';
import type { BackupFile } from './backup-manifest.js';
import { writeHashed, type OnBytes } from './hashed-file.js';

/** What GNU tar ends with when files went or changed while it read: others go on using the store. */
const FILES_CHANGED = 1;

/**
 * Packs a store's folder into one archive, with the extended attributes in which it keeps eTags and metadata. It may go
 * on working: it writes an object aside, attributes included, and links it into place when it is whole, so whatever has
 * a name is whole. (Attributes of an object may change in place later, with its tags; hard links instead of copies would
 * change with them.) One archive rather than a tree: it needs no such attributes where backups are kept, and names of
 * objects, which may hold names of patients, stay inside.
 */
export async function packStore(
  storeDir: string,
  folder: string,
  path: string,
  onBytes?: OnBytes,
): Promise<BackupFile> {
  const tar = startTar(
    [
      '--create',
      '--format=posix',
      '--xattrs',
      '--xattrs-include=user.*',
      // uploads under way, and an object that is about to take its name
      '--exclude=.sgwtmp',
      '--exclude=.*.sgwtmp.[0-9]*',
      '--file=-',
      '.',
    ],
    storeDir,
    ['ignore', 'pipe', 'pipe'],
  );
  const { stdout } = tar.child;
  if (stdout === null) throw new Error('tar has no output');
  const [file] = await Promise.all([writeHashed(stdout, folder, path, onBytes), tar.ended([0, FILES_CHANGED])]);
  return file;
}

/** Unpacks into a new folder, durable when this resolves. */
export async function unpackStore(
  archive: string,
  storeDir: string,
  onBytes?: OnBytes,
  signal?: AbortSignal,
): Promise<void> {
  await mkdir(storeDir, { recursive: true, mode: 0o700 });
  const tar = startTar(
    [
      '--extract',
      '--xattrs',
      '--xattrs-include=user.*',
      '--preserve-permissions',
      // the store runs as whoever restores it
      '--no-same-owner',
      '--file=-',
    ],
    storeDir,
    ['pipe', 'ignore', 'pipe'],
  );
  const { stdin } = tar.child;
  if (stdin === null) throw new Error('tar has no input');
  const source = createReadStream(archive, { highWaterMark: 1 << 20 });
  source.on('data', (chunk) => onBytes?.(chunk.length));
  const ended = tar.ended([0]);
  // When tar ends early its own reason is the better one.
  const [written] = await Promise.allSettled([
    pipeline(source, stdin, { ...(signal === undefined ? {} : { signal }) }),
    ended,
  ]);
  signal?.throwIfAborted();
  await ended;
  if (written.status === 'rejected' && !isClosedEarly(written.reason)) throw written.reason;
  await syncFileSystem(storeDir);
}

/** tar goes once it has read the archive's end, which may be before our side of the pipe has closed. */
function isClosedEarly(error: unknown): boolean {
  return ['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Makes everything durable that was written to the folder's file system. */
export async function syncFileSystem(folder: string): Promise<void> {
  await startTool('sync', ['--file-system', folder], folder, ['ignore', 'ignore', 'pipe']).ended([0]);
}

/** @throws UsageError when this machine's tar cannot keep extended attributes */
export async function assertTar(): Promise<void> {
  const help = 'GNU tar is needed to keep the store’s extended attributes; install it, e.g. apt-get install tar';
  const version = await new Promise<string>((resolve) => {
    const child = spawn('tar', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.once('error', () => resolve(''));
    void text(child.stdout).then(resolve, () => resolve(''));
  });
  if (!version.includes('GNU tar')) throw new UsageError(help);
}

interface Tool {
  child: ChildProcess;
  /** @throws Error when it ends with another exit code */
  ended: (accepted: readonly number[]) => Promise<void>;
}

function startTar(args: readonly string[], cwd: string, stdio: ('ignore' | 'pipe')[]): Tool {
  return startTool('tar', args, cwd, stdio);
}

function startTool(command: string, args: readonly string[], cwd: string, stdio: ('ignore' | 'pipe')[]): Tool {
  const child = spawn(command, args, { cwd, stdio, env: { ...process.env, LC_ALL: 'C' } });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  const outcome = new Promise<string | number>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return {
    child,
    ended: async (accepted) => {
      const code = await outcome;
      if (typeof code === 'number' && accepted.includes(code)) return;
      throw new Error(`${command} ended with ${code}${reasonsOf(said)}`);
    },
  };
}

/** What was wrong, without the names it was said of: those of objects may hold names of patients. */
export function reasonsOf(said: string): string {
  const reasons = said
    .split('\n')
    .filter((line) => /^[^:]+: .+: [A-Z][A-Za-z -]+$/.test(line))
    .map((line) => line.slice(line.lastIndexOf(': ') + 2));
  return reasons.length === 0 ? '' : `: ${[...new Set(reasons)].join(', ')}`;
}
