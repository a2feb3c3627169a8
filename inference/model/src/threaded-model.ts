// Here, not in the thread: a thread's environment is a copy, which the library does not see.
import './telemetry-off.js';
import { Worker } from 'node:worker_threads';
import { mayBeExamined, type ExamineOptions, type FileExamination } from './examine-file.js';
import type { LeftFile, Model } from './model.js';
import { checkLength, type ModelOptions, type Prediction } from './network.js';
import { ReleaseError } from './release-error.js';
import { loadRelease } from './release.js';
import type { FromThread, ThreadData, ToThread } from './thread-messages.js';

export interface ThreadedModelOptions extends ModelOptions {
  /** predictions at once, each in a thread with a session of its own */
  predictions: number;
  /** A thread has ended that was not told to, and with it what it was at: the process had better be replaced. */
  onLost: (error: Error) => void;
}

// also where this module runs from its source, as in tests: a thread needs it compiled
const THREAD = new URL('../dist/model-thread.js', import.meta.url);

/** It makes few objects, so it needs little room for new ones: what is saved is 15 MiB a thread. */
const MOST_NEW_OBJECTS_MB = 8;

/**
 * A release that predicts in threads of its own. ONNX Runtime's Node binding runs a network on the thread that asks for it:
 * were that the one that answers requests, nothing could be received or decoded meanwhile, and of several processors one
 * would be used.
 * @param thread what runs in each
 * @throws ReleaseError
 */
export async function startModel(
  releaseDirectory: string,
  options: ThreadedModelOptions,
  thread: URL = THREAD,
): Promise<Model> {
  const { intraOpThreads, predictions, onLost } = options;
  const { release, reference, onnx } = await loadRelease(releaseDirectory);
  const data: ThreadData = { release, onnx, options: { intraOpThreads } };
  const threads = Array.from({ length: predictions }, () => new PredictingThread(thread, data, onLost));
  const close = async (): Promise<void> => {
    await Promise.all(threads.map((thread) => thread.close()));
  };
  try {
    await Promise.all(threads.map((thread) => thread.opened));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    release,
    reference,
    predict: async (pixels, batch) => {
      checkLength(pixels, batch, release);
      return leastBusy(threads).predict(pixels, batch);
    },
    examineFile: async (file, asked) =>
      mayBeExamined(file, asked.limits) ? leastBusy(threads).examine(file, asked) : { kind: 'left', file },
    close,
  };
}

function leastBusy(threads: readonly PredictingThread[]): PredictingThread {
  return threads.reduce((least, thread) => (thread.pending < least.pending ? thread : least));
}

type Answer = Extract<FromThread, { id: number }>;

interface Waiter {
  resolve: (answer: Exclude<Answer, { kind: 'failed' }>) => void;
  reject: (error: Error) => void;
}

/** Does what it is given in the order in which it is given. States: opening → predicting → ended. */
class PredictingThread {
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiter>();
  /** with why */
  readonly #ended: Promise<Error>;
  #next = 0;
  #isClosing = false;
  #fault: Error | null = null;

  constructor(script: URL, data: ThreadData, onLost: (error: Error) => void) {
    this.#worker = new Worker(script, {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: MOST_NEW_OBJECTS_MB },
    });
    this.#worker.once('error', (error) => (this.#fault = error));
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        const fault = this.#fault ?? new Error(`a predicting thread ended with ${code}`);
        this.#end(fault, onLost);
        resolve(fault);
      });
    });
    this.opened = new Promise((resolve, reject) => {
      void this.#ended.then(reject);
      this.#worker.on('message', (message: FromThread) => {
        if (message.kind === 'opened') resolve();
        else if (message.kind === 'unusable') {
          this.#isClosing = true;
          reject(new ReleaseError(message.code, message.message));
        } else this.#answer(message);
      });
    });
  }

  /** given and not answered */
  get pending(): number {
    return this.#waiting.size;
  }

  async predict(pixels: Float32Array, batch: number): Promise<Prediction> {
    const own = ownFloats(pixels);
    const answer = await this.#ask((id) => ({ kind: 'predict', id, pixels: own, batch }), [own.buffer]);
    if (answer.kind !== 'predicted') throw new Error(`a predicting thread answered ${answer.kind}`);
    return answer.prediction;
  }

  async examine(file: readonly Uint8Array[], options: ExamineOptions): Promise<FileExamination | LeftFile> {
    const own = file.map(ownBytes);
    const given = own.map(({ buffer }) => buffer);
    const answer = await this.#ask((id) => ({ kind: 'examine', id, file: own, options }), given);
    if (answer.kind !== 'examined') throw new Error(`a predicting thread answered ${answer.kind}`);
    return answer.examination;
  }

  #ask(messageOf: (id: number) => ToThread, given: ArrayBuffer[]): Promise<Exclude<Answer, { kind: 'failed' }>> {
    if (this.#fault !== null) return Promise.reject(this.#fault);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage(messageOf(id), given);
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const message: ToThread = { kind: 'close' };
    this.#worker.postMessage(message);
    await this.#ended;
  }

  #end(fault: Error, onLost: (error: Error) => void): void {
    this.#fault = fault;
    for (const waiter of this.#waiting.values()) waiter.reject(fault);
    this.#waiting.clear();
    if (!this.#isClosing) onLost(fault);
  }

  #answer(message: Answer): void {
    const waiter = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'failed') waiter?.reject(message.error);
    else waiter?.resolve(message);
  }
}

/** A part of a larger buffer, whose owner may still need the rest, is copied; all else changes hands. */
function ownFloats(values: Float32Array): Float32Array<ArrayBuffer> {
  return hasOwnBuffer(values) ? (values as Float32Array<ArrayBuffer>) : new Float32Array(values);
}

function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return hasOwnBuffer(bytes) ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

function hasOwnBuffer({ buffer, byteLength }: Uint8Array | Float32Array): boolean {
  return buffer instanceof ArrayBuffer && byteLength === buffer.byteLength;
}
