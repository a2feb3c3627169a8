import { Worker } from 'node:worker_threads';
import type { ExamineOptions, FileExamination, LeftFile } from './examine-file.js';
import type { FileParts } from './file-parts.js';
import type { Prediction } from './network.js';
import { ReleaseError } from './release-error.js';
import type { FromThread, ThreadData, ToThread } from './thread-messages.js';

/** It makes few objects, so it needs little room for new ones: what is saved is 15 MiB a thread. */
const MOST_NEW_OBJECTS_MB = 8;

type Answer = Extract<FromThread, { id: number }>;

interface Waiter {
  resolve: (answer: Exclude<Answer, { kind: 'failed' }>) => void;
  reject: (error: Error) => void;
}

/** A thread that predicts what it is given, in the order in which it is given. States: opening → predicting → ended. */
export class PredictingThread {
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

  async predict(pixels: Float32Array, batch: number, areMapsWanted = true): Promise<Prediction> {
    const own = ownFloats(pixels);
    const answer = await this.#ask((id) => ({ kind: 'predict', id, pixels: own, batch, areMapsWanted }), [own.buffer]);
    if (answer.kind !== 'predicted') throw new Error(`a predicting thread answered ${answer.kind}`);
    return answer.prediction;
  }

  async examineFile(file: FileParts, options: ExamineOptions): Promise<FileExamination | LeftFile> {
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
