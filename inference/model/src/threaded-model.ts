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
  /** requests that are at work or wait for it, who asks among them; one unless it is given */
  inLine?: () => number;
  /** how long networks may keep the thread which answers requests, in milliseconds; for tests */
  mostMsHere?: number;
}

/** A release that is looked at in several threads. */
export interface ThreadedModel extends Model {
  /**
   * Lets the threads begin that help this one when the line is long. A quick network does without them until then, so that what
   * has to be done before it can be asked has the processors to itself; a slow one has them already. Once is enough.
   */
  startThreads(): void;
}

// also where this module runs from its source, as in tests: a thread needs it compiled
const THREAD = new URL('../dist/model-thread.js', import.meta.url);

/**
 * Who asks for something else meanwhile, a probe or a client that sends an image, waits for it, and who is in line as well. What is
 * in line together here runs without a pause: ONNX Runtime's Node binding takes all that has been asked for in one turn.
 */
const MOST_MS_HERE = 12;

/** Where an image can be looked at. */
type Place = Pick<Model, 'predict' | 'examineFile'>;

/**
 * A release that predicts in several threads. ONNX Runtime's Node binding runs a network on the thread that asks for it:
 * with one thread alone nothing could be received or decoded meanwhile, and of several processors one would be used. A quick
 * network is run on this thread as well, for as long as the line of images is short, which spares them the way to another and back:
 * it costs a tenth of what an image does. When the line is long none is run here, for who predicts cannot hand the next one to a
 * thread that waits for it, and the others have a processor each. It can be asked as soon as it is open here; the other threads join in when they are.
 * @param thread what runs in each of the others
 * @throws ReleaseError
 */
export async function startModel(
  releaseDirectory: string,
  options: ThreadedModelOptions,
  thread: URL = THREAD,
): Promise<ThreadedModel> {
  const loaded = await loadRelease(releaseDirectory);
  const { release, reference } = loaded;
  const network = await openNetwork(loaded, options);
  const { inLine = () => 1, mostMsHere = MOST_MS_HERE } = options;
  const runMs = await runMsOf(network, loaded);
  const isQuick = runMs <= mostMsHere;
  const isEnough = isQuick && options.predictions === 1;
  const here = isQuick ? modelOf(loaded, network) : null;
  let isClosed = false;
  let threads: PredictingThread[] | null = isEnough ? [] : null;
  const joined: PredictingThread[] = [];
  const placeOf = (images: number): Place => {
    const isShort = (inLine() - 1 + images) * runMs <= mostMsHere;
    return here !== null && (isShort || joined.length === 0) ? here : leastBusy(joined);
  };
  const close = async (): Promise<void> => {
    isClosed = true;
    await Promise.all([...(here === null ? [] : [here]), ...(threads ?? [])].map((each) => each.close()));
  };
  /** @throws Error when the system gives no thread; rejects when one cannot open the network, or ends before it has */
  const begin = (): Promise<unknown> => {
    threads = threadsOf(loaded, options, thread);
    return Promise.all(threads.map((each) => each.opened.then(() => joined.push(each))));
  };
  if (!isQuick) {
    await network.close();
    await begin().catch(async (error: Error) => {
      await close();
      throw error;
    });
  }
  return {
    release,
    reference,
    predict: async (pixels, batch, areMapsWanted) => {
      checkLength(pixels, batch, release);
      return placeOf(batch).predict(pixels, batch, areMapsWanted);
    },
    examineFile: (file, asked) =>
      mayBeExamined(file, asked.limits) ? placeOf(1).examineFile(file, asked) : Promise.resolve({ kind: 'left', file }),
    startThreads: () => {
      if (isClosed || threads !== null) return;
      try {
        begin().catch((error: Error) => {
          // that it has ended a thread tells by itself
          if (error instanceof ReleaseError) options.onLost(error);
        });
      } catch (error) {
        options.onLost(error as Error);
      }
    },
    close,
  };
}

function threadsOf(
  { release, onnx }: LoadedRelease,
  { intraOpThreads, onLost, predictions }: ThreadedModelOptions,
  thread: URL,
): PredictingThread[] {
  const data: ThreadData = { release, onnx, options: { intraOpThreads } };
  return Array.from({ length: predictions }, () => new PredictingThread(thread, data, onLost));
}

/** Once it is warm; the shortest of three, since something else may have had the processor. */
async function runMsOf(network: Network, { release: { input } }: Pick<Model, 'release'>): Promise<number> {
  const pixels = new Float32Array(input.channels * input.height * input.width);
  let shortest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run += 1) {
    const beganAt = performance.now();
    await network.predict(pixels, 1);
    shortest = Math.min(shortest, performance.now() - beganAt);
  }
  return shortest;
}

function leastBusy(threads: readonly PredictingThread[]): PredictingThread {
  return threads.reduce((least, thread) => (thread.pending < least.pending ? thread : least));
}
