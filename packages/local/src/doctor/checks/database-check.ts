import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { commandLine } from '../../parts/command-line.js';
import { repositoryDir } from '../../parts/paths.js';
import { AwayError } from '../adapters/away-error.js';
import { withDatabase, type DatabaseSession } from '../adapters/database-session.js';
import { HUB, combine, failed, ok, skipped, warning, type Check, type Finding } from '../check.js';
import { processRecord, siteState, whyNotRunning, type Examination } from '../examination.js';
import { downSince } from '../hub-memory.js';
import { heldUpSince, logLines } from '../log-times.js';
import { notAnswering, processFix } from '../process-trouble.js';

const OUTBOX_WAIT_SECONDS = 60;

/** Holds the migrations that a database has against the files of its service. @param again restarts the service */
export function migrationsFinding(files: readonly string[], applied: readonly string[], again: string): Finding {
  const missing = files.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !files.includes(name));
  const findings: Finding[] = [];
  if (missing.length > 0)
    findings.push(failed(`migrations not applied: ${missing.join(', ')}`, { fix: `${again} (applies them)` }));
  if (unknown.length > 0)
    findings.push(
      failed(`migrations that this version does not know: ${unknown.join(', ')}; a newer version made this database`, {
        fix: 'run the newer version, or restore a backup of before',
      }),
    );
  return combine(findings, `${applied.length} of ${files.length} migrations applied`);
}

/** @param oldest when the oldest event that waits was queued; null when none does */
export function outboxFinding(pending: number, oldest: Date | null, now: Date, fix: string): Finding {
  if (oldest === null || now.getTime() - oldest.getTime() < OUTBOX_WAIT_SECONDS * 1000)
    return ok(`${pending} events wait for the broker`);
  return warning(`${pending} ${pending === 1 ? 'event waits' : 'events wait'} in the outbox for the broker`, {
    since: oldest.toISOString(),
    fix,
  });
}

/** A database lets us in, has the schema of this version, and in a hospital hands on what is bound for the hub. */
export function databaseCheck(examination: Examination, subject: string): Check {
  const process = `${subject}-postgres`;
  return {
    name: 'database',
    subject,
    run: async (signal) => {
      const owner = subject === HUB ? (examination.state?.hub ?? null) : siteState(examination, subject);
      const why = whyNotRunning(examination, process);
      if (why !== null || owner === null) return skipped(why ?? 'state.json does not know it');
      try {
        return await withDatabase(process, owner.databaseUrl, signal, (db) => schemaFinding(examination, subject, db));
      } catch (error) {
        if (!(error instanceof AwayError)) throw error;
        return notAnswering(examination, process, error, () => since(examination, subject, signal));
      }
    },
  };
}

async function schemaFinding(examination: Examination, subject: string, db: DatabaseSession): Promise<Finding> {
  const service = subject === HUB ? 'hub' : `${subject}-edge`;
  const record = processRecord(examination, service);
  if (record === null) return ok("answers; Hilum's own services were not started");
  const [table] = await db.rows<{ exists: boolean }>("select to_regclass('schema_migrations') is not null as exists");
  const applied =
    table?.exists === true ? await db.rows<{ name: string }>('select name from schema_migrations order by id') : [];
  const findings = [
    migrationsFinding(
      migrationFiles(subject),
      applied.map(({ name }) => name),
      record.pid === null ? commandLine(examination, `logs ${service}`) : `kill ${record.pid}`,
    ),
  ];
  if (subject !== HUB && findings[0]?.state === 'ok') {
    const [row] = await db.rows<{ pending: number; oldest: Date | null }>(
      'select count(*)::float8 as pending, min(queued_at) as oldest from outbox where published_at is null',
    );
    const fix = processFix(examination, service);
    findings.push(outboxFinding(row?.pending ?? 0, row?.oldest ?? null, examination.now(), fix));
  }
  return combine(findings, `answers; ${findings.map(({ detail }) => detail).join(', ')}`);
}

/** Names of the migrations of the service that owns the database. */
function migrationFiles(subject: string): string[] {
  return readdirSync(join(repositoryDir, subject === HUB ? 'hub' : 'edge', 'migrations'))
    .filter((name) => name.endsWith('.sql'))
    .map((name) => basename(name, '.sql'))
    .sort();
}

/** The edge notices: its relay asks the database every second, its heartbeat tells the hub. */
async function since(examination: Examination, subject: string, signal: AbortSignal): Promise<string | null> {
  if (subject === HUB) return null;
  const log = logLines(join(examination.dataDir, `logs/${subject}-edge.log`));
  return heldUpSince(log, 'the relay') ?? downSince(examination, subject, 'database', signal);
}
