import { parseArgs } from 'node:util';
import { ConfigError } from '@hilum/runtime';
import { verifyAuditCommand } from './audit/verify-command.js';

const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

const USAGE = `Usage: node hub/dist/verify-process.js audit [--json]

Checks the hub's audit: every row, every anchor and every signature. Reads HILUM_DATABASE_URL, HILUM_S3_ENDPOINT,
HILUM_S3_REGION, HILUM_S3_ACCESS_KEY_ID, HILUM_S3_SECRET_ACCESS_KEY, HILUM_S3_AUDIT_BUCKET and, for the signatures,
HILUM_HUB_AUDIT_PUBLIC_KEYS or what the hub itself is given; each may be NAME_FILE.

Exit code 0: all is as it was, 1: it is not, 3: it could not be told.
`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const asked = askedFor(args);
  if (asked === null) {
    process.stderr.write(USAGE);
    return EXIT_USAGE;
  }
  try {
    return await verifyAuditCommand(process.env, asked, {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      isTerminal: process.stderr.isTTY === true,
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`verify: ${error.message}\n`);
    return EXIT_CONFIG;
  }
}

function askedFor(args: string[]): { json: boolean } | null {
  try {
    const { positionals, values } = parseArgs({
      args,
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    return positionals.length === 1 && positionals[0] === 'audit' ? values : null;
  } catch {
    return null;
  }
}
