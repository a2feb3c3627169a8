import { join } from 'node:path';
import { repositoryDir } from '../parts/paths.js';

/** Whose data it is: the hub's or one hospital's. */
export type BackupOwner = { kind: 'hub' } | { kind: 'site'; name: string };

export const hubOwner: BackupOwner = { kind: 'hub' };

export function siteOwner(name: string): BackupOwner {
  return { kind: 'site', name };
}

/** The owner's folder, alike below a data folder, below its secrets and below a backup. */
export function ownerFolder(owner: BackupOwner): string {
  return owner.kind === 'hub' ? 'hub' : join('sites', owner.name);
}

/** The owner in a sentence. */
export function ownerTitle(owner: BackupOwner): string {
  return owner.kind === 'hub' ? 'the hub' : `site ${owner.name}`;
}

/** The short name, as in the names of its processes. */
export function ownerName(owner: BackupOwner): string {
  return owner.kind === 'hub' ? 'hub' : owner.name;
}

/** Where the service that owns the database keeps its migrations. */
export function migrationsFolder(owner: BackupOwner): string {
  return join(repositoryDir, owner.kind === 'hub' ? 'hub/migrations' : 'edge/migrations');
}

/** The SQL that the same service wants run once after a restore, before it starts. */
export function afterRestoreFile(owner: BackupOwner): string {
  return join(repositoryDir, owner.kind === 'hub' ? 'hub/restore' : 'edge/restore', 'after-restore.sql');
}
