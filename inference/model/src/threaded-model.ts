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
type Place = Pick<Model, 'predict' | 'examineFile'>;

/**
 * A release that predicts in several threads. ONNX Runtime's Node binding runs a network on the thread that asks for it:
 * with one thread alone nothing could be received or decoded meanwhile, and of several processors one would be used. A quick
 * network is run on this thread as well, for an image that comes alone, which spares it the way to another and back. Of images
 * that come together none is run here: who predicts cannot hand the next one to a thread that waits for it. It can be asked
 * as soon as it is open here; the other threads join in when they are.
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
  const isEnough = isQuick && options.predictions === 1;
  const threads = startThreads(loaded, options, isEnough ? 0 : options.predictions, thread);
  const here = isQuick ? modelOf(loaded, network) : null;
  const joined: PredictingThread[] = [];
  const crowd = new CrowdWatch();
  const place = (): Place => {
    const isAlone = !crowd.isCrowded() && joined.every(({ pending }) => pending === 0);
    return here !== null && (isAlone || joined.length === 0) ? here : leastBusy(joined);
  };
  const close = async (): Promise<void> => {
    await Promise.all([...(here === null ? [] : [here]), ...threads].map((each) => each.close()));
  };
  const joining = Promise.all(threads.map((each) => each.opened.then(() => joined.push(each))));
  if (isQuick) {
    joining.catch((error: Error) => {
      // that it has ended a thread tells by itself
      if (error instanceof ReleaseError) options.onLost(error);
    });
  } else {
    await network.close();
    await joining.catch(async (error: Error) => {
      await close();
      throw error;
    });
  }
  return {
    release,
    reference,
    predict: async (pixels, batch, areMapsWanted) => {
      checkLength(pixels, batch, release);
      return place().predict(pixels, batch, areMapsWanted);
    },
    examineFile: async (file, asked) =>
      mayBeExamined(file, asked.limits) ? place().examineFile(file, asked) : { kind: 'left', file },
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

function leastBusy(threads: readonly PredictingThread[]): PredictingThread {
  return threads.reduce((least, thread) => (thread.pending < least.pending ? thread : least));
}

/** Of so many that come one after the other without a wait between them the last has come together with others. */
const CROWD = 4;

/**
 * Tells images that come alone from images that come together: those that came while this thread predicted are there before
 * it has waited again. A few may be there so soon when garbage is collected.
 */
class CrowdWatch {
  #idleMs = 0;
  #withoutWait = 0;

  /** To be asked each time that an image is to be looked at. */
  isCrowded(): boolean {
    const { idle } = performance.eventLoopUtilization();
    this.#withoutWait = idle > this.#idleMs ? 0 : this.#withoutWait + 1;
    this.#idleMs = idle;
    return this.#withoutWait >= CROWD;
  }
}
