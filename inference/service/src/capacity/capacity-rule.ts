/** How much is done at once. */
export interface Capacity {
  /** images scored side by side */
  concurrency: number;
  /** of these, how many the network looks at at once */
  predictions: number;
  /** threads of the network for one of them */
  threads: number;
}

/** Two even on one processor, so that one image is fetched while another is decoded. */
const LEAST_CONCURRENCY = 2;
/** Node does as many decodings at once as its thread pool has threads, which is four. */
const MOST_CONCURRENCY = 4;

/**
 * What fits the processors, when nobody says otherwise. Images side by side come first, since one thread an image gives
 * the most of them a second. Only what a limit has set aside for this process, and images side by side cannot use, goes
 * into more threads: threads of ONNX Runtime that wait for each other spin, at the cost of whoever shares the machine.
 * @param machine processors that the process may run on
 * @param limit processors' worth of time that it is granted, null when it is not limited
 */
export function defaultCapacity(machine: number, limit: number | null): Capacity {
  const processors = Math.min(machine, limit ?? machine);
  const concurrency = Math.min(MOST_CONCURRENCY, Math.max(LEAST_CONCURRENCY, Math.ceil(processors)));
  // each decodes what it predicts, so as many as there are processors keep them busy; to receive and to draw is little
  const predictions = Math.min(concurrency, Math.max(1, Math.ceil(processors)));
  const threads = limit === null ? 1 : Math.max(1, Math.floor(processors / concurrency));
  return { concurrency, predictions, threads };
}
