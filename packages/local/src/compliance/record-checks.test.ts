import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeManifest } from '../backup/backup-manifest.js';
import { siteOwner } from '../backup/backup-owner.js';
import { noteBackup } from '../backup/last-backup.js';
import {
  ago,
  fleetState,
  NOW,
  processRecord,
  sampleExamination,
  sampleTable,
} from '../doctor/testing/sample-examination.js';
import { auditFinding, backupFinding, secretsFinding, telemetryFinding } from './record-checks.js';

const DAY = 86_400;
const owner = siteOwner('st-agnes');
let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'hilum-records-'));
  mkdirSync(join(dataDir, 'secrets/sites/st-agnes'), { recursive: true });
  writeFileSync(join(dataDir, 'secrets/sites/st-agnes/postgres-password'), 'x', { mode: 0o600 });
});
afterEach(() => rmSync(dataDir, { recursive: true }));

const dataAge = (seconds: number): void =>
  utimesSync(join(dataDir, 'secrets/sites/st-agnes/postgres-password'), ago(seconds), ago(seconds));
function backedUp(seconds: number): string {
  const databaseAt = ago(seconds).toISOString();
  const folder = join(dataDir, 'backups/one');
  mkdirSync(join(folder, 'sites/st-agnes'), { recursive: true });
  writeManifest(join(folder, 'sites/st-agnes'), {
    ...{ owner, appVersion: '0.1.0', startedAt: databaseAt, databaseAt, finishedAt: databaseAt },
    ...{ migrations: [{ name: '0001', sha256: 'a'.repeat(64) }], tables: [], sequences: [], store: null, files: [] },
  });
  noteBackup(dataDir, owner, { databaseAt, folder });
  return folder;
}

describe('the backup', () => {
  it('is demanded once the data are a day old', () => {
    const examination = sampleExamination({ dataDir });
    dataAge(DAY - 1);
    expect(backupFinding(examination, 'st-agnes').state).toBe('pending');
    dataAge(DAY);
    expect(backupFinding(examination, 'st-agnes')).toMatchObject({
      state: 'failed',
      detail: 'no backup was ever made from here',
    });
  });

  it('counts for seven days, and only while it is where it was put', () => {
    const examination = sampleExamination({ dataDir });
    const folder = backedUp(7 * DAY);
    expect(backupFinding(examination, 'st-agnes')).toMatchObject({
      state: 'ok',
      detail: 'the last backup is of 2026-02-22',
    });
    rmSync(folder, { recursive: true });
    expect(backupFinding(examination, 'st-agnes')).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('no longer') as string,
    });
    backedUp(7 * DAY + 60);
    expect(backupFinding(examination, 'st-agnes')).toMatchObject({ state: 'failed', since: ago(60).toISOString() });
  });
});

describe('the audit', () => {
  it('is kept when nothing of the last six years was given up', () => {
    const sixYearsAgo = new Date('2020-03-01T12:00:00Z');
    expect(auditFinding([null, null], NOW, 'npx hilum up').state).toBe('ok');
    expect(auditFinding([new Date('2020-02-01T00:00:00Z'), sixYearsAgo], NOW, 'npx hilum up').state).toBe('ok');
    expect(auditFinding([new Date('2020-04-01T00:00:00Z'), null], NOW, 'npx hilum up')).toMatchObject({
      state: 'failed',
      detail: 'what is older than 2020-04-01 is not kept',
      fix: 'HILUM_HUB_AUDIT_DAYS=2192, then anew: npx hilum up',
    });
  });
});

describe('secrets', () => {
  it('are their owner’s alone, or the finding names those that are not', () => {
    chmodSync(dataDir, 0o700);
    expect(secretsFinding(sampleExamination({ dataDir })).state).toBe('ok');
    chmodSync(join(dataDir, 'secrets/sites/st-agnes/postgres-password'), 0o644);
    expect(secretsFinding(sampleExamination({ dataDir }))).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('postgres-password (mode 0644)') as string,
    });
  });
});

describe('telemetry', () => {
  it.each([
    [true, 'ok'],
    [false, 'failed'],
    [null, 'skipped'],
  ] as const)('is judged by how the scoring service was started: %s is %s', (hasVariable, state) => {
    const examination = sampleExamination({
      state: fleetState([processRecord('st-agnes-inference')]),
      table: sampleTable({ hasVariable: () => hasVariable }),
    });
    expect(telemetryFinding(examination, 'st-agnes').state).toBe(state);
  });
});
