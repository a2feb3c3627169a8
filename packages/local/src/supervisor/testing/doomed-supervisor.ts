// A supervisor for the guardian's test to kill: runs stand-ins until it is ended.
//   node doomed-supervisor.js FOLDER
import { join } from 'node:path';
import { startGuardian } from '../guardian.js';
import { Supervisor } from '../supervisor.js';
import type { ProcessSpec } from '../process-spec.js';

const [, , dir = '', script = ''] = process.argv;
const spec = (name: string, flags: string[], stopSignal: NodeJS.Signals): ProcessSpec => ({
  name,
  dependsOn: [],
  launch: () =>
    Promise.resolve({
      file: process.execPath,
      args: [script, join(dir, 'events'), name, ...flags],
      env: { PATH: process.env['PATH'] ?? '' },
    }),
  ready: { kind: 'line', pattern: / serves$/ },
  readyTimeoutMs: 10_000,
  stopSignal,
  stopTimeoutMs: 5_000,
});

const supervisor = new Supervisor({ guardian: startGuardian(), logDir: join(dir, 'logs'), onChange: () => undefined });
supervisor.add([
  spec('service', ['--child'], 'SIGTERM'),
  spec('database', [], 'SIGINT'),
  spec('stubborn', ['--ignore-stop'], 'SIGTERM'),
]);
await supervisor.whenReady();
process.stdout.write('ready\n');
