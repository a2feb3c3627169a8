import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { repositoryRoot } from '../support/repository.js';
import { benchLedger, ledgerTable } from './ledger.js';

/**
 * `npm run bench -- --only ledger [--sites N] [--summary-results N]`: measures, and writes
 * `.hilum/bench/ledger.{json,md}`.
 * @throws RangeError that names the option, when a number is none
 */
export async function runLedgerBench(args: readonly string[], say: (line: string) => void): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      sites: { type: 'string', default: '1000' },
      'summary-results': { type: 'string', default: '1000000' },
    },
  });
  const bench = await benchLedger({
    sites: countOf('--sites', values.sites),
    summaryResults: countOf('--summary-results', values['summary-results']),
    onProgress: say,
  });
  const table = [
    `# The hub's ledger, ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})`,
    '',
    ledgerTable(bench),
  ].join('\n');
  const folder = join(repositoryRoot, '.hilum', 'bench');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ledger.json'), `${JSON.stringify(bench, null, 2)}\n`);
  writeFileSync(join(folder, 'ledger.md'), table);
  process.stdout.write(table);
  say(`written to ${folder}`);
}

function countOf(option: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new RangeError(`${option} must be a whole number from 1`);
  return Number(text);
}
