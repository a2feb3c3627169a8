import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from '../../bin/lib/file-lock.mjs';
import { PART_MANIFEST } from '../../bin/lib/parts.mjs';

interface ManifestEntry {
  sha256: string;
  size: number;
  mtimeMs: number;
}
type Manifest = Record<string, ManifestEntry>;

/** Something fetched or built once and kept. */
export interface Part {
  /** Folder name: changes whenever the content should. */
  key: string;
  /** Fills the given empty folder. Whatever it leaves behind when it fails or is killed is thrown away. */
  build: (folder: string, signal: AbortSignal) => Promise<void>;
  onWait: () => void;
}

/**
 * The folder of a part, built first when it is missing or no longer what was built. Built aside and renamed into place,
 * so a kill half-way leaves nothing that could be taken for whole; two at once build once.
 *
 * Each start compares sizes and modification times with the manifest, and the checksums of files where these differ.
 */
export async function cachedPart(cacheDir: string, part: Part, signal: AbortSignal): Promise<string> {
  const folder = join(cacheDir, part.key);
  if (await isWhole(folder)) return folder;
  await mkdir(cacheDir, { recursive: true });
  const held = await lock(join(cacheDir, `${part.key}.lock`), { onWait: part.onWait, signal });
  try {
    if (await isWhole(folder)) return folder;
    await removeDrafts(cacheDir, part.key);
    await rm(folder, { recursive: true, force: true });
    const draft = join(cacheDir, `${part.key}.draft-${randomBytes(4).toString('hex')}`);
    await mkdir(draft);
    try {
      await part.build(draft, signal);
      signal.throwIfAborted();
      await writeFile(join(draft, PART_MANIFEST), JSON.stringify(await manifestOf(draft), null, 2));
      await rename(draft, folder);
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      throw error;
    }
    return folder;
  } finally {
    held.release();
  }
}

/** SHA-256 of a file, in hex. @param onBytes told of how many bytes were read, as they are */
export async function sha256Of(file: string, onBytes: (bytes: number) => void = () => undefined): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const buffer = chunk as Buffer;
    hash.update(buffer);
    onBytes(buffer.length);
  }
  return hash.digest('hex');
}

async function manifestOf(folder: string): Promise<Manifest> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const manifest: Manifest = {};
  for (const name of names.sort()) {
    const { size, mtimeMs } = await stat(join(folder, name));
    manifest[name] = { sha256: await sha256Of(join(folder, name)), size, mtimeMs };
  }
  return manifest;
}

/** Whether the folder of a part is there and still what was built. */
export async function isWhole(folder: string): Promise<boolean> {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(join(folder, PART_MANIFEST), 'utf8')) as Manifest;
  } catch {
    return false;
  }
  const checks = Object.entries(manifest).map(async ([name, entry]) => {
    const file = join(folder, name);
    const found = await stat(file).catch(() => null);
    if (found === null || found.size !== entry.size) return false;
    // A copied cache has new times and the same content.
    return found.mtimeMs === entry.mtimeMs || (await sha256Of(file)) === entry.sha256;
  });
  return checks.length > 0 && (await Promise.all(checks)).every(Boolean);
}

async function removeDrafts(cacheDir: string, key: string): Promise<void> {
  const drafts = (await readdir(cacheDir)).filter((name) => name.startsWith(`${key}.draft-`));
  for (const name of drafts) await rm(join(cacheDir, name), { recursive: true, force: true });
}
