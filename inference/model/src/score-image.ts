import type { Finding, InputDescription, ScoredInput, TimingsMs } from '@hilum/contracts';
import { probabilitiesOf } from './calibration-rule.js';
import {
  openImage,
  reasonOfDecodeError,
  type DecodeLimits,
  type GreyImage,
  type OpenedImage,
  type OpenOptions,
} from './decode.js';
import { examine, type Examined } from './examine.js';
import { refusedBySize, refusedByStats } from './gate-rule.js';
import { heatMapOf, heatMapSizeOf } from './heat-map.js';
import { libraryLock } from './image-library.js';
import { imageStatsOf } from './image-stats.js';
import { correctionsOf, seenAs } from './image-view.js';
import type { Model } from './model.js';
import type { ActivationMaps } from './network.js';

export interface ImageScore {
  finding: Finding;
  input: ScoredInput;
  /** PNG of the image as the network saw it; null when unreadable or when the network has no activation maps */
  heatMap: Buffer | null;
  /** the score stands but its heat map could not be drawn (the second decoding ran out of time) */
  isHeatMapMissing: boolean;
  timingsMs: Pick<TimingsMs, 'decode' | 'predict' | 'explain'>;
}

export interface ScoreOptions {
  limits: DecodeLimits;
  /** monotonic milliseconds */
  now?: () => number;
}

/** An image made ready for the network, or the reason why it cannot be. */
export type PreparedImage =
  { kind: 'prepared'; opened: OpenedImage; grey: GreyImage; input: InputDescription } | UnreadableImage;

interface UnreadableImage {
  kind: 'unreadable';
  finding: Extract<Finding, { kind: 'unreadable' }>;
  input: InputDescription;
}

/**
 * Decode, and refuse what needs no network to be refused. Whatever the bytes are, the answer is an outcome: it throws
 * only on a fault of our own.
 * @param options what to expect to be asked for besides
 */
export async function prepareImage(
  bytes: Uint8Array,
  model: Model,
  limits: DecodeLimits,
  options: OpenOptions = {},
): Promise<PreparedImage> {
  const { release } = model;
  const opened = await openImage(bytes, release.preprocessing, limits, options);
  if (opened.kind === 'unreadable') return unreadable(opened.reason, opened.input);
  const tooSmall = refusedBySize({ width: opened.input.width ?? 0, height: opened.input.height ?? 0 }, release.gate);
  if (tooSmall !== null) return unreadable(tooSmall, opened.input);
  let grey: GreyImage;
  try {
    grey = await opened.grey(release.input.width, release.input.height);
  } catch (error) {
    return unreadable(reasonOfDecodeError(error), opened.input);
  }
  const stats = imageStatsOf(grey);
  const input = { ...opened.input, stats };
  const noContrast = refusedByStats(stats, release.gate);
  if (noContrast !== null) return unreadable(noContrast, input);
  return { kind: 'prepared', opened, grey, input };
}

/**
 * Decode → predict and gate → explain: one image in, one finding out. No state is kept and nothing is read or written
 * beside the bytes given.
 */
export async function scoreImage(bytes: Uint8Array, model: Model, options: ScoreOptions): Promise<ImageScore> {
  const now = options.now ?? (() => performance.now());
  const beganAt = now();
  const isExplained = model.release.outputs.cam !== null;
  const prepared = await prepareImage(bytes, model, options.limits, isExplained ? { alsoWanted: heatMapSizeOf } : {});
  const decodedAt = now();
  const decode = decodedAt - beganAt;
  if (prepared.kind === 'unreadable') return unscored(prepared, { decode, predict: null, explain: null });

  const examined = await examine(prepared.grey, model);
  const predictedAt = now();
  const predict = predictedAt - decodedAt;
  if (examined.kind === 'not-chest')
    return unscored(unreadable('not-chest', prepared.input), { decode, predict, explain: null });

  const heatMap = examined.maps === undefined ? null : await explain(prepared.opened, examined, examined.maps, model);
  const corrections = correctionsOf(examined.view);
  return {
    finding: findingOf(examined, model),
    input: { ...prepared.input, ...(corrections.length === 0 ? {} : { corrections }) },
    heatMap,
    isHeatMapMissing: examined.maps !== undefined && heatMap === null,
    timingsMs: { decode, predict, explain: heatMap === null ? null : now() - predictedAt },
  };
}

function findingOf({ logits, doubt }: Examined, { release }: Model): Finding {
  const probability = probabilitiesOf(logits, release)[release.labels.indexOf(release.positiveLabel)] ?? Number.NaN;
  return { kind: 'scored', probability, ...(doubt === null ? {} : { doubt }) };
}

function unscored({ finding, input }: UnreadableImage, timingsMs: ImageScore['timingsMs']): ImageScore {
  return { finding, input, heatMap: null, isHeatMapMissing: false, timingsMs };
}

/**
 * At the size people look at: the network's own input is too coarse and squeezed out of shape. The picture is of the
 * image as it was scored, so upright and not inverted.
 * Null when that decoding fails: a score must not be lost for want of its picture.
 */
async function explain(
  opened: OpenedImage,
  { view, logits }: Examined,
  maps: ActivationMaps,
  model: Model,
): Promise<Buffer | null> {
  const size = heatMapSizeOf(opened.region);
  let grey: GreyImage;
  try {
    grey = await opened.grey(size.width, size.height);
  } catch {
    return null;
  }
  return libraryLock.shared(() => heatMapOf(seenAs(grey, view), { maps, logits }, model.release));
}

function unreadable(reason: UnreadableImage['finding']['reason'], input: InputDescription): UnreadableImage {
  return { kind: 'unreadable', finding: { kind: 'unreadable', reason }, input };
}
