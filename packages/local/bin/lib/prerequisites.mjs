import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * What the machine must bring; everything else is fetched. Each with one line on how to get it.
 * neededFor: every command, those that start servers, those that root starts, or only to fetch a part that the cache
 * lacks.
 */
export const prerequisites = [
  {
    name: 'Node',
    neededFor: 'all',
    least: '20.20',
    version: async () => process.versions.node,
    how: 'install Node 20.20 or newer from https://nodejs.org or with nvm: nvm install 20',
  },
  {
    name: 'Java',
    neededFor: 'servers',
    least: '17',
    // `java -version` writes to stderr: openjdk version "17.0.15" 2025-04-15
    version: async () => /version "([\d._]+)/.exec((await run('java', ['-version'])).stderr)?.[1],
    how: 'install a Java runtime 17 or newer, e.g. apt-get install openjdk-17-jre-headless, or from https://adoptium.net',
  },
  {
    name: 'Maven',
    neededFor: 'kafka',
    least: '3.6',
    version: async () => /Apache Maven ([\d.]+)/.exec((await run('mvn', ['-v'])).stdout)?.[1],
    how: 'install Maven, e.g. apt-get install maven, or from https://maven.apache.org',
  },
  {
    name: 'Go',
    neededFor: 'store',
    least: '1.25',
    version: async () => /go(\d[\d.]*)/.exec((await run('go', ['env', 'GOVERSION'])).stdout)?.[1],
    how: 'install Go 1.25 or newer from https://go.dev/dl',
  },
  {
    // PostgreSQL refuses to run as root
    name: 'setpriv',
    neededFor: 'root',
    least: '2.31',
    version: async () => /util-linux ([\d.]+)/.exec((await run('setpriv', ['--version'])).stdout)?.[1],
    how: 'install util-linux, e.g. apt-get install util-linux, or start it as another user than root',
  },
];

/** For commands that start no server. */
export const leastPrerequisites = prerequisites.filter(({ neededFor }) => neededFor === 'all');

/** What starting servers needs when the cache lacks these parts. */
export function prerequisitesFor(partsToFetch) {
  const needed = new Set(['all', 'servers', ...(process.getuid?.() === 0 ? ['root'] : []), ...partsToFetch]);
  return prerequisites.filter(({ neededFor }) => needed.has(neededFor));
}

/** Whether a dotted version is the least one or newer; only the parts that `least` names count. */
export function isAtLeast(version, least) {
  const have = version.split(/[._]/).map(Number);
  for (const [index, need] of least.split('.').map(Number).entries()) {
    const part = have[index] ?? 0;
    if (part !== need) return part > need;
  }
  return true;
}

/**
 * Checks all at once.
 * @returns {Promise<string[]>} one line for each that is missing or too old; empty when all is well
 */
export async function missingPrerequisites(list = prerequisites) {
  const lines = await Promise.all(
    list.map(async ({ name, least, version, how }) => {
      const found = await version().catch(() => undefined);
      if (found === undefined) return `${name} ${least} or newer is missing: ${how}`;
      return isAtLeast(found, least) ? null : `${name} ${found} is too old, ${least} or newer is needed: ${how}`;
    }),
  );
  return lines.filter((line) => line !== null);
}
