import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where Prometheus' own tool is; null when it is not on the PATH. */
export const promtoolPath: string | null =
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'promtool'))
    .find(isExecutable) ?? null;

/** Said where tests are skipped for want of it; Debian's package has it. */
export const PROMTOOL_MISSING = 'SKIPPED: promtool is missing; apt-get install prometheus\n';

/** Runs it to its end. @returns what it said, on both streams, and whether it was content */
export function promtool(args: readonly string[], input = ''): Promise<{ isContent: boolean; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(promtoolPath ?? 'promtool', args, { encoding: 'utf8' }, (error, stdout, stderr) =>
      resolve({ isContent: error === null, said: `${stdout}${stderr}` }),
    );
    child.stdin?.end(input);
  });
}
