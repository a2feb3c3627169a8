import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buckets } from './fleet-access.js';
import { NODE_ID } from '../kafka/broker.js';
import { postgresMajor } from '../parts/postgres-part.js';

/** The form of meta.properties that KRaft brokers write. */
const META_VERSION = '1';

const HOW = 'or choose another --data';

/**
 * What keeps this version from using the data that a hub or a site left in the folder; found without starting anything.
 * @param owner `hub` or `sites/<name>`
 * @returns one line each: what it is, what is needed, what to do
 */
export function keptDataProblems(dataDir: string, owner: string): string[] {
  const kafka = join(dataDir, owner, 'kafka/data');
  const problem = existsSync(kafka) ? kafkaProblem(kafka) : null;
  return [...keptDatabaseProblems(dataDir, owner), ...(problem === null ? [] : [problem])];
}

/** The same of the database and the secrets alone, which is what a backup reads. */
export function keptDatabaseProblems(dataDir: string, owner: string): string[] {
  const postgres = join(dataDir, owner, 'postgres/data');
  return [
    existsSync(postgres) ? postgresProblem(postgres) : null,
    ...secretProblems(dataDir, owner, existsSync(postgres)),
    // what was signed with a lost key counts no more, and a hub from before there was an audit key has signed nothing
    ...(owner === 'hub' ? [secretProblem(dataDir, owner, 'audit-key', existsSync(join(dataDir, ANCHORS)))] : []),
  ].filter((problem) => problem !== null);
}

function postgresProblem(dir: string): string | null {
  const needed = postgresMajor();
  const made = textOf(join(dir, 'PG_VERSION'))?.trim();
  if (made === undefined || !/^\d+$/.test(made))
    return `${dir} is not a whole PostgreSQL folder (no PG_VERSION): restore it from a backup, ${HOW}`;
  if (Number(made) === needed) return null;
  return `${dir} was made by PostgreSQL ${made}, and this Hilum runs PostgreSQL ${needed}: use the Hilum that made it, ${HOW}`;
}

function kafkaProblem(dir: string): string | null {
  const text = textOf(join(dir, 'meta.properties'));
  const { version, ...meta } = Object.fromEntries(
    (text ?? '')
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.trim().split('=', 2) as [string, string | undefined]),
  );
  if (version === undefined || (meta['cluster.id'] ?? '') === '')
    return `${dir} is not a whole Kafka folder (no usable meta.properties): restore it from a backup, ${HOW}`;
  if (version !== META_VERSION)
    return `${dir} is a Kafka folder of form ${version}, and this Hilum's Kafka needs form ${META_VERSION}: use the Hilum that made it, ${HOW}`;
  if (meta['node.id'] !== String(NODE_ID))
    return `${dir} is that of Kafka node ${meta['node.id'] ?? '(none)'}, and this Hilum runs node ${NODE_ID}: restore the right folder from a backup, ${HOW}`;
  return null;
}

/** What data cannot be read without: a new password does not open an old database, a new key makes new pseudonyms. */
const NEEDED_BY_DATA = ['postgres-super-password', 'site-key'];

/** Where the hub's signed anchors are, below the data folder. */
const ANCHORS = join('hub/store/data', buckets.hubAudit, 'anchors');

function secretProblems(dataDir: string, owner: string, hasData: boolean): (string | null)[] {
  return NEEDED_BY_DATA.filter((name) => name !== 'site-key' || owner !== 'hub').map((name) =>
    secretProblem(dataDir, owner, name, hasData),
  );
}

function secretProblem(dataDir: string, owner: string, name: string, hasData: boolean): string | null {
  const file = join(dataDir, 'secrets', owner, name);
  const value = textOf(file)?.trim();
  if (value === '') return `${file} is empty: put it back from a backup${hasData ? '' : ', or delete it'}`;
  if (value === undefined && hasData)
    return `${file} is missing, and the data in ${join(dataDir, owner)} cannot be used without it: put it back from a backup`;
  return null;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
