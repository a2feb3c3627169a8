// Here, not in the thread: a thread's environment is a copy, which the library does not see.
import './telemetry-off.js';
import { mayBeExamined } from './examine-file.js';
import { modelOf, type Model } from './model.js';
import { checkLength, openNetwork, type ModelOptions, type Network } from './network.js';
import { PredictingThread } from './predicting-thread.js';
import { loadRelease, type LoadedRelease } from './release.js';

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
 * way to another and back: a tenth of what an image costs, and the memory of a thread.
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
  const places = await openPlaces(loaded, options, thread);
  return {
    release,
    reference,
    predict: async (pixels, batch) => {
      checkLength(pixels, batch, release);
      return leastBusy(places).predict(pixels, batch);
    },
    examineFile: async (file, asked) =>
      mayBeExamined(file, asked.limits) ? leastBusy(places).examineFile(file, asked) : { kind: 'left', file },
    close: () => closeAll(places),
  };
}

async function openPlaces(
  loaded: LoadedRelease,
  { intraOpThreads, predictions, onLost, mostMsHere = MOST_MS_HERE }: ThreadedModelOptions,
  thread: URL,
): Promise<Place[]> {
  const { release, onnx } = loaded;
  const places: Place[] = [];
  const startThread = async (): Promise<void> => {
    const started = new PredictingThread(thread, { release, onnx, options: { intraOpThreads } }, onLost);
    places.push(started);
    await started.opened;
  };
  const openHere = async (): Promise<void> => {
    const network = await openNetwork(loaded, { intraOpThreads });
    if ((await runMsOf(network, loaded)) <= mostMsHere) {
      places.unshift(placeHere(modelOf(loaded, network)));
      return;
    }
    await network.close();
    await startThread();
  };
  const opened = await Promise.allSettled([openHere(), ...Array.from({ length: predictions - 1 }, startThread)]);
  const failed = opened.find((each) => each.status === 'rejected');
  if (failed === undefined) return places;
  await closeAll(places);
  throw failed.reason;
}

async function closeAll(places: readonly Place[]): Promise<void> {
  await Promise.all(places.map((place) => place.close()));
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
