import './telemetry-off.js';
import type * as OnnxRuntime from 'onnxruntime-node';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { ReleaseError } from './release-error.js';
import type { LoadedRelease, Release } from './release.js';

export interface ModelOptions {
  /** threads of one `session.run`; 1 gives the most images a second when several are scored at once */
  intraOpThreads: number;
}

/** Raw outputs of the network for a batch. */
export interface Prediction {
  /** [batch][label] */
  logits: Float32Array[];
  /** class activation maps [batch], each `labels × height × width`; null when not wanted, or the release names no such output */
  cams: ActivationMaps[] | null;
  /** [batch][class of release.gate.network]; null when the release names no such output */
  gates: Float32Array[] | null;
}

export interface ActivationMaps {
  /** label by label, row by row */
  data: Float32Array;
  width: number;
  height: number;
}

/**
 * Of several threads of one run, those that have nothing to do look for more in a loop. By default they do so for long, also when
 * the run is over, and take the processor from who sends and receives: an image took 1.7 times the processor time of one thread with
 * two, and 1.2 times with this (docs/benchmarks.md). Sleeping at once would cost the time to wake them in each layer.
 */
const SHORT_SPINNING = { session: { force_spinning_stop: '1', intra_op: { spin_duration_us: '200' } } };

/** What makes numbers of pixels. */
export interface Network {
  /**
   * @param pixels `batch × channels × height × width`, already normalised; not to be changed until it is answered, and its memory
   *   may be gone then
   * @param areMapsWanted whether class activation maps are to be handed over, which takes a hundredth of the time; they are
   *   unless it is false
   * @throws RangeError when the length does not fit the batch
   */
  predict(pixels: Float32Array, batch: number, areMapsWanted?: boolean): Promise<Prediction>;
  /** Frees what it holds; it cannot be used afterwards. */
  close(): Promise<void>;
}

/** @throws RangeError when the length does not fit the batch */
export function checkLength(pixels: Float32Array, batch: number, { input }: Pick<Release, 'input'>): void {
  const { channels, width, height } = input;
  if (pixels.length !== batch * channels * height * width)
    throw new RangeError(`expected ${batch} x ${channels} x ${height} x ${width} numbers but got ${pixels.length}`);
}

/**
 * Opens and warms up the network of a release. The first run of a session plans its memory and is several times slower, so
 * it happens here; it also proves that the outputs have the shapes that the release promises. A whole made-up image,
 * decoded and explained, would cost the start 70 ms and save the first image 10 to 30.
 * @throws ReleaseError
 */
export async function openNetwork(
  { release, onnx }: Pick<LoadedRelease, 'release' | 'onnx'>,
  options: ModelOptions,
): Promise<Network> {
  // Only here: who lets other threads predict (threaded-model.ts) needs neither the library's time to load nor its memory.
  const runtime = await import('onnxruntime-node');
  runtime.env.logLevel = 'error';
  const session = await createSession(runtime, onnx, options);
  const { channels, width, height, name } = release.input;
  const { logits, cam, gate } = release.outputs;
  const outputNames = [logits, cam, gate].filter((output) => output !== null);
  const namesWithoutMaps = outputNames.filter((output) => output !== cam);
  checkNames('input', [name], session.inputNames);
  checkNames('output', outputNames, session.outputNames);

  const predict = async (pixels: Float32Array, batch: number, areMapsWanted = true): Promise<Prediction> => {
    checkLength(pixels, batch, release);
    const feeds = { [name]: new runtime.Tensor('float32', pixels, [batch, channels, height, width]) };
    const outputs = await session.run(feeds, areMapsWanted ? outputNames : namesWithoutMaps);
    try {
      return readOutputs(outputs, release, batch, areMapsWanted);
    } finally {
      for (const output of Object.values(outputs)) output.dispose();
    }
  };

  try {
    await predict(new Float32Array(channels * height * width), 1);
  } catch (error) {
    await session.release();
    if (error instanceof ReleaseError) throw error;
    const message = 'the network cannot be run with the input that release.json describes';
    throw unusable(`${message}: ${inOneLine(error)}`, error);
  }
  return { predict, close: () => session.release() };
}

async function createSession(
  runtime: typeof OnnxRuntime,
  onnx: Uint8Array,
  options: ModelOptions,
): Promise<InferenceSession> {
  try {
    // From memory, never from the path: weights kept in a second file would escape the digest.
    return await runtime.InferenceSession.create(onnx, {
      executionProviders: ['cpu'],
      intraOpNumThreads: options.intraOpThreads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      extra: SHORT_SPINNING,
    });
  } catch (error) {
    throw unusable('the ONNX file cannot be loaded', error);
  }
}

function checkNames(what: 'input' | 'output', wanted: string[], present: readonly string[]): void {
  for (const name of wanted) {
    if (!present.includes(name))
      throw unusable(`release.json names the ${what} "${name}", the network has ${present.join(', ')}`);
  }
}

function readOutputs(
  outputs: InferenceSession.ReturnType,
  release: Release,
  batch: number,
  areMapsWanted: boolean,
): Prediction {
  const labels = release.labels.length;
  const logits = floats(outputs[release.outputs.logits], `${batch} x ${labels} (labels)`, [batch, labels]);
  const cam = release.outputs.cam === null || !areMapsWanted ? null : outputs[release.outputs.cam];
  const { network } = release.gate;
  const gate = release.outputs.gate === null ? null : outputs[release.outputs.gate];
  return {
    logits: rows(logits.data, batch),
    cams: cam === null ? null : readMaps(cam, batch, labels),
    gates: gate === null || network === undefined ? null : readGates(gate, batch, network.classes.length),
  };
}

function readMaps(tensor: Tensor | undefined, batch: number, labels: number): ActivationMaps[] {
  const shape = [batch, labels, null, null];
  const { data, dims } = floats(tensor, `${batch} x ${labels} (labels) x height x width`, shape);
  const [, , height = 0, width = 0] = dims;
  return rows(data, batch).map((map) => ({ data: map, width, height }));
}

function readGates(tensor: Tensor | undefined, batch: number, classes: number): Float32Array[] {
  return rows(floats(tensor, `${batch} x ${classes} (gate.network.classes)`, [batch, classes]).data, batch);
}

function floats(tensor: Tensor | undefined, expected: string, shape: (number | null)[]) {
  if (tensor === undefined || tensor.type !== 'float32') throw unusable(`expected a float32 output of ${expected}`);
  const fits =
    tensor.dims.length === shape.length && shape.every((size, at) => size === null || tensor.dims[at] === size);
  if (!fits) throw unusable(`expected an output of ${expected} but the network made ${tensor.dims.join(' x ')}`);
  return { data: tensor.data as Float32Array, dims: tensor.dims };
}

/** Copies, since the tensor's own memory goes back to the runtime. */
function rows(data: Float32Array, count: number): Float32Array[] {
  const length = data.length / count;
  const made: Float32Array[] = [];
  for (let at = 0; at < data.length; at += length) made.push(data.slice(at, at + length));
  return made;
}

/** The runtime's own words, which name what it expected, an index a line. */
function inOneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
}

function unusable(message: string, cause?: unknown): ReleaseError {
  return new ReleaseError('HILUM_RELEASE_MODEL_UNUSABLE', message, cause === undefined ? {} : { cause });
}
