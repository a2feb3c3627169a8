// The supervisor of `hilum up --detach`. Gets its options over the channel to the command that started it, tells it how
// the start goes, and stays when the command has what it waited for.
import { plainFailure } from './plain-failure.js';
import { serveFleet } from './serve-fleet.js';
import type { BackgroundMessage, UpOptions } from './up-command.js';

const abort = new AbortController();
let isReady = false;

// The command was ended before all was ready: nobody would know what runs here.
process.on('disconnect', () => {
  if (!isReady) abort.abort();
});

process.once('message', (options) => {
  void run(options as UpOptions);
});

async function run(options: UpOptions): Promise<void> {
  try {
    process.exitCode = await serveFleet(
      { ...options, report: (report) => tell({ kind: 'progress', report }) },
      {
        onReady: () => {
          isReady = true;
          tell({ kind: 'ready' });
        },
        onFailed: (reason) => tell({ kind: 'failed', reason }),
        onStopping: () => undefined,
      },
      abort.signal,
    );
  } catch (error) {
    const reason = plainFailure(error) ?? (error instanceof Error ? error.stack : String(error));
    tell({ kind: 'failed', reason: reason ?? 'unknown' });
    process.exitCode = 1;
  }
  if (process.connected) process.disconnect();
}

function tell(message: BackgroundMessage): void {
  // The command may be gone: then there is nobody to tell.
  if (process.connected) process.send?.(message, () => undefined);
}
