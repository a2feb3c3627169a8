import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../fleet/fleet-config.js';
import { siteNameProblem } from '../fleet/site-name-rule.js';
import { MANIFEST_FILE } from './backup-manifest.js';
import { hubOwner, ownerFolder, ownerTitle, siteOwner, type BackupOwner } from './backup-owner.js';

/** What a backup is called until it is whole. */
export const PARTIAL_SUFFIX = '.partial';

/** Such as 2026-05-04T12-00-00.000Z: sorts by time, and is a file name everywhere. */
const BACKUP_NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/;

export function backupName(time: Date): string {
  return time.toISOString().replaceAll(':', '-');
}

/** Where a backup is and whose data it holds. */
export interface FoundBackup {
  folder: string;
  owners: BackupOwner[];
}

/**
 * The backup in a folder, or the newest whole one of those in it.
 * @throws UsageError when there is none
 */
export function findBackup(folder: string): FoundBackup {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UsageError(`there is no folder ${folder}`);
  if (folder.endsWith(PARTIAL_SUFFIX))
    throw new UsageError(`${folder} was interrupted and is not whole: use another backup`);
  const owners = ownersIn(folder);
  if (owners.length > 0) return { folder, owners };
  const newest = readdirSync(folder)
    .filter((name) => BACKUP_NAME.test(name))
    .sort()
    .at(-1);
  const found = newest === undefined ? [] : ownersIn(join(folder, newest));
  if (newest === undefined || found.length === 0)
    throw new UsageError(
      `${folder} is not a backup: it has neither hub/${MANIFEST_FILE} nor sites/<name>/${MANIFEST_FILE}, nor a folder named by its time that has`,
    );
  return { folder: join(folder, newest), owners: found };
}

/**
 * The owners that were asked for, the hub first; all when none was.
 * @throws UsageError when one is not there
 */
export function chosenOwners(
  there: readonly BackupOwner[],
  asked: readonly BackupOwner[],
  place: string,
): BackupOwner[] {
  const folders = new Set(there.map(ownerFolder));
  const absent = asked.find((owner) => !folders.has(ownerFolder(owner)));
  if (absent !== undefined)
    throw new UsageError(`${place} does not have ${ownerTitle(absent)}; it has: ${there.map(ownerTitle).join(', ')}`);
  const wanted = new Set(asked.map(ownerFolder));
  return there.filter((owner) => asked.length === 0 || wanted.has(ownerFolder(owner)));
}

function ownersIn(folder: string): BackupOwner[] {
  const hasManifest = (owner: BackupOwner): boolean => existsSync(join(folder, ownerFolder(owner), MANIFEST_FILE));
  const sites = existsSync(join(folder, 'sites')) ? readdirSync(join(folder, 'sites')).sort() : [];
  return [hubOwner, ...sites.filter((name) => siteNameProblem(name) === null).map(siteOwner)].filter(hasManifest);
}
