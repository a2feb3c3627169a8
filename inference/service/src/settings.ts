import { availableParallelism } from 'node:os';
import { integer, kafkaSettings, port, processSettings, siteSettings, storeSettings, text } from '@hilum/runtime/core';
import { defaultCapacity } from './capacity/capacity-rule.js';
import { cgroupCpuLimit } from './capacity/cgroup-cpu-limit.js';

const MEBIBYTE = 1024 * 1024;

const capacity = defaultCapacity(availableParallelism(), cgroupCpuLimit());

/** How many may wait for each that is scored at once; all others are told to come again. */
export const WAITING_FOR_EACH = 4;

/** What bodies of the Open Inference Protocol may take in memory together: eight of the largest, or hundreds as radiographs usually are. */
export const BODIES_BYTES = 256 * MEBIBYTE;

/** The same of events, apart, so that no client of the protocol keeps images of the store from being scored: sixteen of the largest. */
export const EVENTS_BYTES = 64 * MEBIBYTE;

/** All that the scoring service reads from its environment. */
export const inferenceSettings = {
  ...processSettings,
  ...siteSettings,
  ...kafkaSettings,
  ...storeSettings,
  httpPort: port('HILUM_INFERENCE_PORT'),
  /** folder with release.json and the weights it names */
  releaseDirectory: text('HILUM_INFERENCE_RELEASE_DIR'),
  /** images scored at once */
  concurrency: integer('HILUM_INFERENCE_CONCURRENCY', { min: 1, max: 64, fallback: capacity.concurrency }),
  /** images that the network looks at at once, each with its own copy of the network */
  predictions: integer('HILUM_INFERENCE_PREDICTIONS', { min: 1, max: 64, fallback: capacity.predictions }),
  /** threads of the network for one image */
  threads: integer('HILUM_INFERENCE_THREADS', { min: 1, max: 64, fallback: capacity.threads }),
  /** How long a request may wait for its turn. Well below what senders wait for an answer: the dispatcher does 60 s. */
  maxWaitMs: integer('HILUM_INFERENCE_MAX_WAIT_MS', { min: 100, max: 600_000, fallback: 20_000 }),
  /**
   * How long decoding, predicting and explaining one image may take before it counts as hanging and the process is
   * replaced. Above what the decoder's own limit needs, which is tried twice, and below what senders wait for an answer.
   */
  workDeadlineMs: integer('HILUM_INFERENCE_WORK_DEADLINE_MS', { min: 1000, max: 600_000, fallback: 35_000 }),
  maxBytes: integer('HILUM_INFERENCE_MAX_BYTES', { min: 1024, max: 1024 * MEBIBYTE, fallback: 64 * MEBIBYTE }),
  maxPixels: integer('HILUM_INFERENCE_MAX_PIXELS', { min: 4096, max: 1_000_000_000, fallback: 100_000_000 }),
};
