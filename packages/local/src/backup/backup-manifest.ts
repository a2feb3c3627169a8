import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../fleet/atomic-file.js';
import { UsageError } from '../fleet/fleet-config.js';
import { siteNameProblem } from '../fleet/site-name-rule.js';
import { ownerFolder, ownerTitle, type BackupOwner } from './backup-owner.js';

export const MANIFEST_FILE = 'manifest.json';

/** What this version writes, and the newest that it reads. */
const FORMAT = 1;

export const BACKUP_NOTICE =
  'This backup holds secrets and, unless images are left out, patients’ images. Keep it as safe as the hospital’s own data.';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A path below the backup; never one that leads out of it. */
const relativePath = z
  .string()
  .min(1)
  .refine((path) => path.split('/').every((part) => !['', '.', '..'].includes(part)), 'must lie inside the backup');

const backupFile = z.strictObject({ path: relativePath, bytes: z.int().nonnegative(), sha256 });

const tableCopy = z.strictObject({
  schema: z.string().min(1),
  name: z.string().min(1),
  /** those that are stored as given; generated ones are made again */
  columns: z.array(z.string()).min(1),
  rows: z.int().nonnegative(),
  file: relativePath,
});

const sequencePosition = z.strictObject({
  schema: z.string().min(1),
  name: z.string().min(1),
  /** as text: beyond 2^53 a number would be rounded */
  lastValue: z.string().regex(/^-?\d+$/),
  isCalled: z.boolean(),
});

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  notice: z.string(),
  owner: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('hub') }),
    z.strictObject({
      kind: z.literal('site'),
      name: z.string().refine((name) => siteNameProblem(name) === null, 'not a site name'),
    }),
  ]),
  appVersion: z.string(),
  startedAt: z.iso.datetime(),
  /** the moment that the tables show; the store is of this moment or later */
  databaseAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  migrations: z.array(z.strictObject({ name: z.string().min(1), sha256 })).min(1),
  /** in an order in which each table comes after those it refers to */
  tables: z.array(tableCopy),
  sequences: z.array(sequencePosition),
  /** null when images were left out */
  store: z.strictObject({ file: relativePath }).nullable(),
  files: z.array(backupFile),
});

/** What a backup of one owner is, in `manifest.json` beside it. */
export type BackupManifest = z.infer<typeof manifestSchema>;
export type BackupFile = z.infer<typeof backupFile>;
export type TableCopy = z.infer<typeof tableCopy>;
export type SequencePosition = z.infer<typeof sequencePosition>;
export type AppliedMigration = BackupManifest['migrations'][number];

/** Completes and writes the manifest of a backup in the owner's folder. */
export function writeManifest(folder: string, manifest: Omit<BackupManifest, 'format' | 'notice'>): void {
  const { owner, ...rest } = manifest;
  const whole: BackupManifest = { format: FORMAT, notice: BACKUP_NOTICE, owner, ...rest };
  writeFileAtomically(join(folder, MANIFEST_FILE), `${JSON.stringify(manifestSchema.parse(whole), null, 2)}\n`);
}

/**
 * Reads the manifest of an owner from a whole backup.
 * @param backup the folder that holds `hub/` and `sites/`
 * @throws UsageError when it is missing, damaged, of a newer format, or another owner's
 */
export function readManifest(backup: string, owner: BackupOwner): BackupManifest {
  const path = join(backup, ownerFolder(owner), MANIFEST_FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new UsageError(`${backup} holds no backup of ${ownerTitle(owner)}: ${path} is missing`);
    throw error;
  }
  const manifest = parseManifest(path, text);
  if (ownerFolder(manifest.owner) !== ownerFolder(owner))
    throw new UsageError(`${path} belongs to ${ownerTitle(manifest.owner)}, not to ${ownerTitle(owner)}`);
  return manifest;
}

function parseManifest(path: string, text: string): BackupManifest {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new UsageError(`${path} is damaged: it is not JSON; use another backup`);
  }
  const format = z.object({ format: z.int() }).safeParse(content).data?.format;
  if (format !== undefined && format > FORMAT)
    throw new UsageError(
      `${path} has format ${format}, and this version of Hilum reads up to ${FORMAT}: restore it with the version that made it, or a newer one`,
    );
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${path} is damaged; use another backup:\n${z.prettifyError(parsed.error)}`);
}
