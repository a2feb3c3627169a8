// A process for tests of the supervisor. Tells what happens to it in a file, one line each.
//   node stand-in.mjs EVENTS NAME [--die-after MS] [--exit CODE] [--ignore-stop] [--child] [--not-ready] [--fail-once]
import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';

const [events, name, ...flags] = process.argv.slice(2);
const valueOf = (flag) => (flags.includes(flag) ? Number(flags[flags.indexOf(flag) + 1]) : undefined);
const tell = (what) => appendFileSync(events, `${name} ${what} ${process.pid}\n`);

tell('started');
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, () => {
    tell(`got-${signal}`);
    if (flags.includes('--ignore-stop')) return;
    tell('ended');
    process.exit(0);
  });
}
if (flags.includes('--child')) {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  appendFileSync(events, `${name} child ${child.pid}\n`);
}
const dieAfterMs = valueOf('--die-after');
if (dieAfterMs !== undefined) setTimeout(() => process.exit(valueOf('--exit') ?? 1), dieAfterMs);
if (!flags.includes('--not-ready')) console.log(`${name} serves`);
// goes on running, like a program whose worker thread has died
const isFirst = readFileSync(events, 'utf8').split(`${name} started`).length === 2;
if (flags.includes('--fail-once') && isFirst) setTimeout(() => console.error('ERROR the task is dead'), 50);
setInterval(() => undefined, 1_000);
