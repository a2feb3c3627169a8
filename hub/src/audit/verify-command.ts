import {
  ConfigError,
  createDatabase,
  createLogger,
  databaseSettings,
  isDatabaseAway,
  optionalSecret,
  readConfig,
  S3ObjectStore,
  StoreUnavailableError,
  storeAccessSettings,
  text,
} from '@hilum/runtime';
import { AuditKeys, AuditSigner, auditKeyProblems, publicKeysOf } from './audit-key.js';
import { counted, rowsThat } from './counted.js';
import { verifyAudit, type AuditReport } from './verify-audit.js';

/** Every row and anchor is what it was. */
const INTACT = 0;
/** One is not. */
const BROKEN = 1;
/** It could not be told. */
const UNKNOWN = 3;

const keySettings = {
  auditKey: optionalSecret('HILUM_HUB_AUDIT_KEY'),
  auditEarlierKeys: text('HILUM_HUB_AUDIT_EARLIER_KEYS', ''),
  auditPublicKeys: text('HILUM_HUB_AUDIT_PUBLIC_KEYS', ''),
};
const settings = {
  ...databaseSettings,
  ...storeAccessSettings,
  ...keySettings,
  auditBucket: text('HILUM_S3_AUDIT_BUCKET', 'hilum-audit'),
};

/** Where a check writes: rows to be read, and how far it has come. */
export interface CheckOutput {
  out: (text: string) => void;
  err: (text: string) => void;
  /** whether err is a terminal, on which one line can be written over and over */
  isTerminal: boolean;
}

/**
 * Checks the whole audit: database and store as the hub is given them, and its key or only the public ones.
 * @returns 0 when all is as it was, 1 when it is not, 3 when it could not be told
 * @throws ConfigError
 */
export async function verifyAuditCommand(
  env: NodeJS.ProcessEnv,
  options: { json: boolean },
  { out, err, isTerminal }: CheckOutput,
): Promise<number> {
  const config = readConfig(settings, env, auditKeyProblems);
  const keys = keysOf(config);
  const log = createLogger({ process: 'verify', level: 'silent' });
  const database = createDatabase({ databaseUrl: config.databaseUrl, name: 'hub-verify', log, connections: 1 });
  const store = new S3ObjectStore(config);
  try {
    const report = await verifyAudit({
      db: database,
      anchors: { store, bucket: config.auditBucket },
      keys,
      onProgress: progressOf(isTerminal, err),
    });
    if (isTerminal) err('\r\u001b[K');
    out(options.json ? `${JSON.stringify(report, null, 2)}\n` : textOf(report));
    return report.isIntact ? INTACT : BROKEN;
  } catch (error) {
    if (!isDatabaseAway(error) && !(error instanceof StoreUnavailableError)) throw error;
    const what = error instanceof StoreUnavailableError ? 'the store of anchors' : 'the database';
    err(`${what} does not answer, so nothing can be said of the audit: try again\n`);
    return UNKNOWN;
  } finally {
    store.close();
    await database.close();
  }
}

/** Whose signatures count. @throws ConfigError when no key is given */
export function keysOf(config: {
  auditKey?: string | undefined;
  auditEarlierKeys: string;
  auditPublicKeys: string;
}): AuditKeys {
  const own = config.auditKey === undefined ? [] : [new AuditSigner(config.auditKey).publicKey];
  const keys = [...own, ...publicKeysOf(config.auditEarlierKeys), ...publicKeysOf(config.auditPublicKeys)];
  if (keys.length === 0)
    throw new ConfigError([
      'HILUM_HUB_AUDIT_PUBLIC_KEYS: is required, unless HILUM_HUB_AUDIT_KEY is given: the hub’s public key in PEM',
    ]);
  return new AuditKeys(keys);
}

/** The same, from the environment alone. @throws ConfigError */
export function keysFrom(env: NodeJS.ProcessEnv): AuditKeys {
  return keysOf(readConfig(keySettings, env, auditKeyProblems));
}

function progressOf(isTerminal: boolean, err: (text: string) => void): (rows: number, of: number) => void {
  let shown = 0;
  return (rows, of) => {
    const percent = Math.floor((100 * rows) / of);
    // of a short log there is nothing to wait for
    if (of < 20_000 || percent < shown + (isTerminal ? 1 : 10)) return;
    shown = percent;
    const line = `${percent} % of ${of} rows checked`;
    err(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
  };
}

function textOf(report: AuditReport): string {
  const { isIntact, rows, first, last, anchors, anchoredTo, lastAnchorAt, notAnchored, waiting, waitingSince } = report;
  const range = first === null ? '' : first === last ? ` (${first})` : ` (${first} to ${last})`;
  return [
    isIntact
      ? `The audit is intact: ${counted(rows, 'row')}${range}, ${counted(anchors, 'anchor')}.`
      : 'The audit is not what it was.',
    ...report.findings.map(({ kind, detail, id }) => `  ${kind}: ${detail}${id === null ? '' : ` (id ${id})`}`),
    ...(isIntact
      ? []
      : [`${counted(rows, 'row')} before that ${rows === 1 ? 'is' : 'are'} good. What to do is in docs/audit.md.`]),
    lastAnchorAt === null
      ? 'It was never anchored.'
      : `The last anchor, of ${lastAnchorAt}, covers ${anchoredTo === 0 ? 'no row' : `rows up to ${anchoredTo}`}; ${notAnchored} came after it.`,
    ...report.losses.map(
      ({ kept, covered, at, why }) =>
        `Of an earlier log ${rowsThat('were', kept + 1, covered)} lost; noted ${at}: ${why}`,
    ),
    ...(waiting === 0
      ? []
      : [`${counted(waiting, 'entry waits', 'entries wait')} to be chained, the oldest since ${waitingSince}.`]),
    '',
  ].join('\n');
}
