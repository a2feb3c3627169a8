import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stateFile } from '../../fleet/fleet-state.js';
import { pkiDir } from '../../fleet/fleet-access.js';
import { commandLine } from '../../parts/command-line.js';
import { MACHINE, combine, failed, warning, type Check, type Finding } from '../check.js';
import type { Examination } from '../examination.js';

/** A file or folder as the system tells it. */
export interface FileFacts {
  path: string;
  uid: number;
  /** permission bits */
  mode: number;
  /** when owner or mode last changed, or it was written */
  changedAt: Date;
}

const OTHERS = 0o077;
const SHOWN = 3;

/**
 * Secrets must be their owner's alone, and the folder ours.
 * @param uid ours; null where the system has none
 */
export function secrecyFindings(folder: FileFacts, secrets: readonly FileFacts[], uid: number | null): Finding[] {
  const findings: Finding[] = [];
  if (uid !== null && folder.uid !== uid)
    findings.push(
      failed(`the data folder belongs to user ${folder.uid}, not to you (user ${uid})`, {
        fix: `sudo chown -R ${uid} ${folder.path} (while nothing runs), or use hilum as its owner`,
      }),
    );
  if ((folder.mode & OTHERS) !== 0)
    findings.push(
      warning(`the data folder can be entered by others (mode ${octal(folder.mode)})`, {
        since: folder.changedAt.toISOString(),
        fix: `chmod 700 ${folder.path}`,
      }),
    );
  const open = secrets.filter(({ mode }) => (mode & OTHERS) !== 0);
  const [first] = open;
  if (first !== undefined) {
    const names = open.slice(0, SHOWN).map(({ path, mode }) => `${path} (mode ${octal(mode)})`);
    const more = open.length > SHOWN ? ` and ${open.length - SHOWN} more` : '';
    findings.push(
      failed(`secrets can be read by others: ${names.join(', ')}${more}`, {
        since: open.map(({ changedAt }) => changedAt.toISOString()).sort()[0] ?? null,
        fix: open
          .slice(0, SHOWN)
          .map(({ path }) => `chmod 600 ${path}`)
          .concat(open.length > SHOWN ? [`chmod -R go= ${folder.path}`] : [])
          .join('\n'),
      }),
    );
  }
  return findings;
}

/** The folder is there and ours, its secrets are read by nobody else, config.json and state.json can be understood. */
export function dataFolderCheck(examination: Examination): Check {
  return { name: 'data-folder', subject: MACHINE, run: () => dataFolderFinding(examination) };
}

function dataFolderFinding(examination: Examination): Finding {
  const { dataDir, exists, configProblem, stateProblem } = examination;
  if (!exists)
    return failed(`there is no data folder ${dataDir}: nothing was ever started there`, {
      fix: `${commandLine(examination, 'up')}\nor name the right folder: npx hilum doctor --data DIR`,
    });
  const folder = factsOf(dataDir);
  if (folder === null || !lstatSync(dataDir).isDirectory())
    return failed(`${dataDir} is not a folder`, { fix: 'name a folder: npx hilum doctor --data DIR' });
  const findings = secrecyFindings(folder, secretFacts(dataDir).secrets, process.getuid?.() ?? null);
  if (configProblem !== null)
    findings.push(
      failed(configProblem, { fix: 'restore config.json from a backup, or start anew with another --data folder' }),
    );
  if (stateProblem !== null)
    findings.push(
      failed(stateProblem, {
        fix:
          examination.supervisor === null
            ? `${commandLine(examination, 'up')} (writes it anew)`
            : `${commandLine(examination, 'down')} && ${commandLine(examination, 'up')} (writes it anew)`,
      }),
    );
  return combine(findings, `${dataDir} is yours, and its secrets are read by you alone`);
}

/** The data folder, null when it is not there, and every file in it that holds a secret. */
export function secretFacts(dataDir: string): { folder: FileFacts | null; secrets: FileFacts[] } {
  const keys = filesBelow(pkiDir(dataDir)).filter((path) => /\.(key|pem)$/.test(path));
  const paths = [stateFile(dataDir), ...filesBelow(join(dataDir, 'secrets')), ...keys];
  return { folder: factsOf(dataDir), secrets: paths.flatMap((path) => factsOf(path) ?? []) };
}

function filesBelow(dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return [];
  }
}

function factsOf(path: string): FileFacts | null {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat === undefined ? null : { path, uid: stat.uid, mode: stat.mode & 0o777, changedAt: stat.ctime };
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
