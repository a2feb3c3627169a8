import { execFile } from 'node:child_process';
import { programPath } from '@hilum/runtime/testing';

/** Prometheus' own tool. */
export const promtoolPath = programPath('promtool');

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
