// A thread that predicts: see threaded-model.ts, which starts it.
import { parentPort, workerData } from 'node:worker_threads';
import { openNetwork, type Network } from './network.js';
import { ReleaseError } from './release-error.js';
import type { FromThread, ThreadData, ToThread } from './thread-messages.js';

const port = parentPort;
if (port === null) throw new Error('is to be run as a worker thread');
const say = (message: FromThread): void => port.postMessage(message);

const { release, onnx, options } = workerData as ThreadData;
try {
  const network = await openNetwork({ release, onnx }, options);
  port.on('message', (message: ToThread) => {
    if (message.kind === 'close') void network.close().finally(() => port.close());
    else void predict(network, message);
  });
  say({ kind: 'opened' });
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error;
  say({ kind: 'unusable', code: error.code, message: error.message });
}

async function predict(network: Network, { id, pixels, batch }: Extract<ToThread, { kind: 'predict' }>): Promise<void> {
  try {
    say({ kind: 'predicted', id, prediction: await network.predict(pixels, batch) });
  } catch (error) {
    say({ kind: 'failed', id, error: error instanceof Error ? error : new Error(String(error)) });
  }
}
