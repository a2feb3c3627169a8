import { statSync } from 'node:fs';
import { join } from 'node:path';
import { hubOwner, ownerFolder, siteOwner } from '../backup/backup-owner.js';
import { readManifest } from '../backup/backup-manifest.js';
import { lastBackup } from '../backup/last-backup.js';
import { withDatabase } from '../doctor/adapters/database-session.js';
import { HUB, combine, failed, ok, skipped, type Finding } from '../doctor/check.js';
import { secrecyFindings, secretFacts } from '../doctor/checks/data-folder-check.js';
import { commandLine } from '../parts/command-line.js';
import type { Pending } from './local-policy.js';
import { processRecord, whyNotRunning, type Examination } from '../doctor/examination.js';

const DAY_MS = 86_400_000;
/** 45 CFR 164.316(b)(2)(i): six years. */
const AUDIT_YEARS = 6;
const BACKUP_DAYS = 7;
/** Data that are younger need no backup yet. */
const NEW_DATA_MS = DAY_MS;

/** Nothing of the audit that is younger than six years has been given up. */
export async function auditKeptFinding(examination: Examination, _: string, signal: AbortSignal): Promise<Finding> {
  const why = whyNotRunning(examination, 'hub-postgres');
  const url = examination.state?.hub.databaseUrl;
  if (why !== null || url === undefined) return skipped(why ?? 'state.json does not know the hub');
  return withDatabase('the database of the hub', url, signal, async (db) => {
    const [row] = await db.rows<{ floor: Date | null; dropped: Date | null }>(
      `select (select floor from retention where table_name = 'audit') as floor,
              (select max(until_at) from retention_drops where table_name = 'audit') as dropped`,
    );
    return auditFinding([row?.floor ?? null, row?.dropped ?? null], examination.now(), commandLine(examination, 'up'));
  });
}

/**
 * @param givenUpUntil times before which records were given up; null: none were
 * @param up the command that starts the fleet
 */
export function auditFinding(givenUpUntil: readonly (Date | null)[], now: Date, up: string): Finding {
  const last = givenUpUntil.reduce((a, b) => ((b?.getTime() ?? 0) > (a?.getTime() ?? 0) ? b : a), null);
  const due = new Date(now);
  due.setUTCFullYear(due.getUTCFullYear() - AUDIT_YEARS);
  return last === null || last <= due
    ? ok(`all of the last ${AUDIT_YEARS} years is kept`)
    : failed(`what is older than ${last.toISOString().slice(0, 10)} is not kept`, {
        fix: `HILUM_HUB_AUDIT_DAYS=2192, then anew: ${up}`,
      });
}

/** An open alarm of the quarantine stays until a person has looked. */
export async function eventsFinding(examination: Examination, site: string, signal: AbortSignal): Promise<Finding> {
  const why = whyNotRunning(examination, 'hub-postgres');
  const url = examination.state?.hub.databaseUrl;
  if (why !== null || url === undefined) return skipped(why ?? 'state.json does not know the hub');
  return withDatabase('the database of the hub', url, signal, async (db) => {
    const [row] = await db.rows<{ since: Date }>(
      `select since from alarms where site = $1 and kind = 'quarantine' and closed_at is null`,
      [site],
    );
    return row === undefined
      ? ok('the hub has refused nothing that was not looked into')
      : failed('the hub refused events that may hold an identity', { since: row.since.toISOString() });
  });
}

/** The last backup is young and still where it was put. */
export function backupFinding({ dataDir, now }: Examination, subject: string): Finding | Pending {
  const owner = subject === HUB ? hubOwner : siteOwner(subject);
  const last = lastBackup(dataDir, owner);
  if (last === null) {
    // written once, when the data began
    const began = statSync(join(dataDir, 'secrets', ownerFolder(owner), 'postgres-password')).mtimeMs;
    return now().getTime() - began < NEW_DATA_MS
      ? { state: 'pending', detail: 'the data are not a day old yet, and no backup was made' }
      : failed('no backup was ever made from here');
  }
  const age = now().getTime() - Date.parse(last.databaseAt);
  if (age > BACKUP_DAYS * DAY_MS)
    return failed(`the last backup is of ${last.databaseAt.slice(0, 10)}`, {
      since: new Date(Date.parse(last.databaseAt) + BACKUP_DAYS * DAY_MS).toISOString(),
    });
  try {
    readManifest(last.folder, owner);
  } catch {
    return failed(`the last backup, of ${last.databaseAt.slice(0, 10)}, is no longer where it was put`);
  }
  return ok(`the last backup is of ${last.databaseAt.slice(0, 10)}`);
}

export function secretsFinding({ dataDir }: Examination): Finding {
  const { folder, secrets } = secretFacts(dataDir);
  if (folder === null) return skipped('there is no data folder');
  return combine(
    secrecyFindings(folder, secrets, process.getuid?.() ?? null),
    'the data folder and its secrets are their owner’s alone',
  );
}

/** The model's runtime would send usage data to its maker. */
export function telemetryFinding(examination: Examination, site: string): Finding {
  const name = `${site}-inference`;
  const why = whyNotRunning(examination, name);
  const pid = processRecord(examination, name)?.pid ?? null;
  const isOff = pid === null ? null : (examination.table?.hasVariable(pid, 'ORT_DISABLE_TELEMETRY') ?? null);
  if (why !== null || isOff === null) return skipped(why ?? `how ${name} was started cannot be seen`);
  return isOff
    ? ok(`${name} runs with the telemetry of its runtime switched off`)
    : failed(`${name} runs with the telemetry of its runtime switched on`);
}
