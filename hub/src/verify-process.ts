import { parseArgs } from 'node:util';
import { ConfigError } from '@hilum/runtime';
import { keysFrom, verifyAuditCommand } from './audit/verify-command.js';
import { verifyPackCommand } from './evidence/verify-pack-command.js';

const EXIT_USAGE = 64;
const EXIT_CONFIG = 78;

const USAGE = `Usage: node hub/dist/verify-process.js audit [--json]
       node hub/dist/verify-process.js evidence FILE [--json]

audit checks the hub's audit: every row, every anchor and every signature. It reads HILUM_DATABASE_URL,
HILUM_S3_ENDPOINT, HILUM_S3_REGION, HILUM_S3_ACCESS_KEY_ID, HILUM_S3_SECRET_ACCESS_KEY, HILUM_S3_AUDIT_BUCKET and, for the
signatures, HILUM_HUB_AUDIT_PUBLIC_KEYS or the keys that the hub itself is given; each may be NAME_FILE.

evidence checks an evidence pack with what is in it. With keys given it says as well whether the hub signed it.

Exit code 0: all is as it was, 1: it is not, 3: it could not be told.
`;

const output = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true,
};

process.exitCode = await main(process.argv.slice(2), process.env);

async function main(args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const asked = askedFor(args);
  if (asked === null) {
    output.err(USAGE);
    return EXIT_USAGE;
  }
  try {
    if (asked.file === null) return await verifyAuditCommand(env, asked, output);
    const hasKeys = Object.keys(env).some((name) => /^HILUM_HUB_AUDIT_.*KEYS?(_FILE)?$/.test(name));
    return await verifyPackCommand(asked.file, hasKeys ? keysFrom(env) : null, asked, output);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    output.err(`verify: ${error.message}\n`);
    return EXIT_CONFIG;
  }
}

/** `file`: of an evidence pack; null: the audit is meant. */
function askedFor(args: string[]): { json: boolean; file: string | null } | null {
  try {
    const { positionals, values } = parseArgs({
      args,
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [what, file, ...others] = positionals;
    if (others.length > 0) return null;
    if (what === 'audit' && file === undefined) return { json: values.json, file: null };
    return what === 'evidence' && file !== undefined ? { json: values.json, file } : null;
  } catch {
    return null;
  }
}
