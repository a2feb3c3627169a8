import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { databaseUrlOf, ownerSecrets } from '../fleet/fleet-access.js';
import { UsageError } from '../fleet/fleet-config.js';
import { Ports } from '../fleet/ports.js';
import { postgresSpec } from '../fleet/server-specs.js';
import { postgresPrograms } from '../parts/postgres-part.js';
import { startGuardian } from '../supervisor/guardian.js';
import { ProcessFailedError } from '../supervisor/supervised-process.js';
import { Supervisor } from '../supervisor/supervisor.js';

/** Whether there is a database in an owner's folder of the data folder. */
export function hasDatabase(dataDir: string, folder: string): boolean {
  return existsSync(join(dataDir, folder, 'postgres/data'));
}

/**
 * Runs an owner's database alone for one piece of work, in a data folder where nothing else runs; made first when it
 * is not there yet.
 * @param folder the owner's, below the data folder and below its secrets
 * @throws UsageError when the database does not start, with why
 */
export async function withOwnerDatabase<T>(
  { dataDir, folder, name, env }: { dataDir: string; folder: string; name: string; env: NodeJS.ProcessEnv },
  work: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  // Any free ports: the fixed ones are for the fleet.
  const ports = new Ports({ env: {} });
  const guardian = startGuardian();
  const supervisor = new Supervisor({ guardian, logDir: join(dataDir, 'logs'), onChange: () => undefined });
  try {
    const allocated = await ports.allocate([name], {});
    const secrets = ownerSecrets(dataDir, folder);
    const context = { dataDir, ports: allocated, env, parts: { postgres: postgresPrograms() } };
    supervisor.add([postgresSpec(context, { name, owner: folder, secrets })]);
    await supervisor.whenReady().catch(startProblem);
    return await work(databaseUrlOf(allocated, name, secrets));
  } finally {
    await supervisor.stop();
    guardian.close();
    ports.release();
  }
}

/** A wrong password, a damaged folder: of the machine's making, not a mistake of ours. */
function startProblem(error: unknown): never {
  if (!(error instanceof ProcessFailedError)) throw error;
  throw new UsageError(error.message, { cause: error });
}
