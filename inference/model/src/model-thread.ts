// A thread that predicts: see threaded-model.ts, which starts it.
import { parentPort, workerData } from 'node:worker_threads';
import { examineFile } from './examine-file.js';
import { openNetwork, type Network } from './network.js';
import { ReleaseError } from './release-error.js';
import type { FromThread, ThreadData, ToThread } from './thread-messages.js';

const port = parentPort;
if (port === null) throw new Error('is to be run as a worker thread');
const say = (message: FromThread, given: readonly ArrayBuffer[] = []): void => port.postMessage(message, given);

const given = workerData as ThreadData;
const { release } = given;
try {
  const network = await openNetwork(given, given.options);
  // the network has weights of its own now; these would be kept for as long as the thread is there
  delete (given as Partial<ThreadData>).onnx;
  port.on('message', (message: ToThread) => {
    if (message.kind === 'close') void network.close().finally(() => port.close());
    else void answer(network, message);
  });
  say({ kind: 'opened' });
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error;
  say({ kind: 'unusable', code: error.code, message: error.message });
}

async function answer(network: Network, message: Exclude<ToThread, { kind: 'close' }>): Promise<void> {
  const { id } = message;
  try {
    if (message.kind === 'predict') {
      const { pixels, batch, areMapsWanted } = message;
      say({ kind: 'predicted', id, prediction: await network.predict(pixels, batch, areMapsWanted) });
    } else await examine(network, message);
  } catch (error) {
    say({ kind: 'failed', id, error: error instanceof Error ? error : new Error(String(error)) });
  }
}

async function examine(
  network: Network,
  { id, file, options: asked }: Extract<ToThread, { kind: 'examine' }>,
): Promise<void> {
  const examination = await examineFile(file, { release, ...network }, asked);
  const handedOver = examination.kind === 'left' ? file.map(({ buffer }) => buffer) : [];
  say({ kind: 'examined', id, examination }, handedOver);
}
