// Here, not in the thread: a thread's environment is a copy, which the library does not see.
import './telemetry-off.js';
import { mayBeExamined } from './examine-file.js';
import { modelOf, type Model } from './model.js';
import { checkLength, openNetwork, type ModelOptions, type Network } from './network.js';
import { PredictingThread } from './predicting-thread.js';
import { ReleaseError } from './release-error.js';
import { loadRelease, type LoadedRelease } from './release.js';
import type { ThreadData } from './thread-messages.js';

export interface ThreadedModelOptions extends ModelOptions {
  /** predictions at once, each with a session of its own */
  predictions: number;
  /** A thread has ended that was not told to, and with it what it was at: the process had better be replaced. */
  onLost: (error: Error) => void;
  /** the longest run of a network, in milliseconds, that the thread which answers requests takes upon itself */
  mostMsHere?: number;
}

// also where this module runs from its source, as in tests: a thread needs it compiled
const THREAD = new URL('../dist/model-thread.js', import.meta.url);

/** Who asks for something else meanwhile, a probe or a client that sends an image, waits for it. */
const MOST_MS_HERE = 20;

/** Where an image can be looked at. */
interface Place extends Pick<Model, 'predict' | 'examineFile' | 'close'> {
  /** given and not answered */
  readonly pending: number;
}

/**
 * A release that predicts in several threads. ONNX Runtime's Node binding runs a network on the thread that asks for it:
 * with one thread alone nothing could be received or decoded meanwhile, and of several processors one would be used. A quick
 * network is run on this thread as well, which spares every other image, and all of them when they come one by one, the
 * way to another and back: a tenth of what an image costs, and the memory of a thread. It can be asked as soon as it is
 * open here; the other threads join in when they are.
 * @param thread what runs in each of the others
 * @throws ReleaseError
 */
export async function startModel(
  releaseDirectory: string,
  options: ThreadedModelOptions,
  thread: URL = THREAD,
): Promise<Model> {
  const loaded = await loadRelease(releaseDirectory);
  const { release, reference } = loaded;
  const network = await openNetwork(loaded, options);
  const isQuick = (await runMsOf(network, loaded)) <= (options.mostMsHere ?? MOST_MS_HERE);
  const threads = startThreads(loaded, options, isQuick ? options.predictions - 1 : options.predictions, thread);
  const here = isQuick ? [placeHere(modelOf(loaded, network))] : [];
  const places: Place[] = [...here];
  const close = async (): Promise<void> => {
    await Promise.all([...here, ...threads].map((each) => each.close()));
  };
  const joined = Promise.all(threads.map((each) => each.opened.then(() => places.push(each))));
  if (isQuick) {
    joined.catch((error: Error) => {
      // that it has ended a thread tells by itself
      if (error instanceof ReleaseError) options.onLost(error);
    });
  } else {
    await network.close();
    await joined.catch(async (error: Error) => {
      await close();
      throw error;
    });
  }
  return {
    release,
    reference,
    predict: async (pixels, batch) => {
      checkLength(pixels, batch, release);
      return leastBusy(places).predict(pixels, batch);
    },
    examineFile: async (file, asked) =>
      mayBeExamined(file, asked.limits) ? leastBusy(places).examineFile(file, asked) : { kind: 'left', file },
    close,
  };
}

function startThreads(
  { release, onnx }: LoadedRelease,
  { intraOpThreads, onLost }: ThreadedModelOptions,
  count: number,
  thread: URL,
): PredictingThread[] {
  const data: ThreadData = { release, onnx, options: { intraOpThreads } };
  return Array.from({ length: count }, () => new PredictingThread(thread, data, onLost));
}

/** Once it is warm. */
async function runMsOf(network: Network, { release: { input } }: Pick<Model, 'release'>): Promise<number> {
  const pixels = new Float32Array(input.channels * input.height * input.width);
  const beganAt = performance.now();
  await network.predict(pixels, 1);
  return performance.now() - beganAt;
}

function placeHere(model: Model): Place {
  let pending = 0;
  const counted = async <Result>(work: Promise<Result>): Promise<Result> => {
    pending += 1;
    try {
      return await work;
    } finally {
      pending -= 1;
    }
  };
  return {
    get pending() {
      return pending;
    },
    predict: (pixels, batch) => counted(model.predict(pixels, batch)),
    examineFile: (file, asked) => counted(model.examineFile(file, asked)),
    close: () => model.close(),
  };
}

/** Of those with equally much to do the first: this thread before the others. */
function leastBusy(places: readonly Place[]): Place {
  return places.reduce((least, place) => (place.pending < least.pending ? place : least));
}
