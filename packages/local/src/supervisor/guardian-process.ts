// Outlives the supervisor by design: reads from it, line by line, which processes run, and when the pipe closes (which
// the system does whatever way the supervisor died) ends those that are left.
import { createInterface } from 'node:readline';
import { endProcesses, type EndableProcess } from './end-processes.js';

const GRACE_MS = 8_000;
const running = new Map<number, EndableProcess>();

// Only the end of the supervisor may end the guardian, not a Ctrl-C that meant somebody else.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const message = JSON.parse(line) as { add: EndableProcess } | { remove: number };
  if ('add' in message) running.set(message.add.pid, message.add);
  else running.delete(message.remove);
});
lines.on('close', () => {
  void endProcesses([...running.values()], GRACE_MS).then(() => process.exit(0));
});
