import type { Finding, InputDescription, ScoredInput, TimingsMs, UnreadableReason } from '@hilum/contracts';
import { decodeBaselineJpeg } from './baseline-jpeg/decode-baseline-jpeg.js';
import { probabilitiesOf } from './calibration-rule.js';
import type { GreyImage } from './decode.js';
import type { DecodeLimits } from './decode-limits.js';
import { examine, type Examined } from './examine.js';
import type { ExamineOptions } from './examine-file.js';
import { wholeOf, type FileParts } from './file-parts.js';
import { refusedBySize } from './gate-rule.js';
import { heatMapSizeOf } from './heat-map-size.js';
import { correctionsOf, seenAs } from './image-view.js';
import { judgeImage } from './judge-image.js';
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
}

/** An image made ready for the network, or the reason why it cannot be. */
export type PreparedImage = { kind: 'prepared'; grey: GreyImage; input: InputDescription } | UnreadableImage;

interface UnreadableImage {
  kind: 'unreadable';
  reason: UnreadableReason;
  input: InputDescription;
}

/** What the network made of an image, or the reason why it is not to be believed; times in milliseconds. */
export type Examination =
  | {
      kind: 'examined';
      input: InputDescription;
      examined: Examined;
      picture: Picture;
      decodeMs: number;
      predictMs: number;
    }
  | (UnreadableImage & { decodeMs: number; predictMs: number | null });

/** The image at the size of its heat map; null when it was not wanted. Fails when it cannot be decoded once more. */
type Picture = () => Promise<GreyImage | null>;

/**
 * Decode on this thread or by libvips, and refuse what needs no network to be refused. Whatever the bytes are, the answer is
 * an outcome: it throws only on a fault of our own.
 */
export async function prepareImage(
  bytes: Uint8Array,
  model: Pick<Model, 'release'>,
  limits: DecodeLimits,
): Promise<PreparedImage> {
  const { input: size, preprocessing } = model.release;
  const decoded = decodeBaselineJpeg([bytes], preprocessing, limits, () => [size]);
  const [grey] = decoded?.images ?? [];
  if (decoded === null || grey === undefined) return prepareWithLibrary(bytes, model, limits);
  const judged = judgeImage(grey, decoded.input, model.release);
  return judged.kind === 'unreadable' ? judged : { kind: 'prepared', grey, input: judged.input };
}

async function prepareWithLibrary(
  bytes: Uint8Array,
  { release }: Pick<Model, 'release'>,
  limits: DecodeLimits,
): Promise<(Extract<PreparedImage, { kind: 'prepared' }> & { picture: Picture }) | UnreadableImage> {
  // only here: libvips takes time to load, and a service can be ready before it is
  const { openImage, reasonOfDecodeError } = await import('./decode.js');
  const opened = await openImage(bytes, release.preprocessing, limits);
  if (opened.kind === 'unreadable') return opened;
  const { input } = opened;
  // before anything is unpacked
  const tooSmall = refusedBySize({ width: input.width ?? 0, height: input.height ?? 0 }, release.gate);
  if (tooSmall !== null) return { kind: 'unreadable', reason: tooSmall, input };
  let grey: GreyImage;
  try {
    grey = await opened.grey(release.input.width, release.input.height);
  } catch (error) {
    return { kind: 'unreadable', reason: reasonOfDecodeError(error), input };
  }
  const judged = judgeImage(grey, input, release);
  if (judged.kind === 'unreadable') return judged;
  const picture: Picture = () => {
    const { width, height } = heatMapSizeOf(opened.region);
    return opened.grey(width, height);
  };
  return { kind: 'prepared', grey, input: judged.input, picture };
}

/**
 * Decode → predict and gate. What can be decoded beside the network is, all else comes here for libvips.
 * @param file given away, not to be used afterwards
 */
export async function examineImage(file: FileParts, model: Model, options: ExamineOptions): Promise<Examination> {
  const here = await model.examineFile(file, options);
  if (here.kind === 'unreadable') return here;
  if (here.kind === 'examined') return { ...here, picture: () => Promise.resolve(here.picture) };
  const beganAt = performance.now();
  const prepared = await prepareWithLibrary(wholeOf(here.file), model, options.limits);
  const decodedAt = performance.now();
  const decodeMs = decodedAt - beganAt;
  if (prepared.kind === 'unreadable') return { ...prepared, decodeMs, predictMs: null };
  const examined = await examine(prepared.grey, model, options.isPictureWanted);
  const predictMs = performance.now() - decodedAt;
  const { input, picture } = prepared;
  if (examined.kind === 'not-chest') return { kind: 'unreadable', reason: 'not-chest', input, decodeMs, predictMs };
  return { kind: 'examined', input, examined, picture, decodeMs, predictMs };
}

/**
 * Decode → predict and gate → explain: one image in, one finding out. No state is kept and nothing is read or written
 * beside the bytes given.
 * @param bytes given away, not to be used afterwards
 */
export async function scoreImage(bytes: Uint8Array, model: Model, { limits }: ScoreOptions): Promise<ImageScore> {
  const isPictureWanted = model.release.outputs.cam !== null;
  const examination = await examineImage([bytes], model, { limits, isPictureWanted });
  const { decodeMs: decode, predictMs: predict } = examination;
  if (examination.kind === 'unreadable') return unscored(examination, { decode, predict, explain: null });
  const { examined, input, picture } = examination;
  const examinedAt = performance.now();
  const heatMap = examined.maps === undefined ? null : await explain(picture, examined, examined.maps, model);
  const corrections = correctionsOf(examined.view);
  return {
    finding: findingOf(examined, model),
    input: { ...input, ...(corrections.length === 0 ? {} : { corrections }) },
    heatMap,
    isHeatMapMissing: examined.maps !== undefined && heatMap === null,
    timingsMs: { decode, predict, explain: heatMap === null ? null : performance.now() - examinedAt },
  };
}

function findingOf({ logits, doubt }: Examined, { release }: Model): Finding {
  const probability = probabilitiesOf(logits, release)[release.labels.indexOf(release.positiveLabel)] ?? Number.NaN;
  return { kind: 'scored', probability, ...(doubt === null ? {} : { doubt }) };
}

function unscored({ reason, input }: UnreadableImage, timingsMs: ImageScore['timingsMs']): ImageScore {
  return { finding: { kind: 'unreadable', reason }, input, heatMap: null, isHeatMapMissing: false, timingsMs };
}

/**
 * At the size people look at: the network's own input is too coarse and squeezed out of shape. The picture is of the
 * image as it was scored, so upright and not inverted.
 * Null when that decoding fails: a score must not be lost for want of its picture.
 */
async function explain(
  picture: Picture,
  { view, logits }: Examined,
  maps: ActivationMaps,
  model: Model,
): Promise<Buffer | null> {
  const grey = await picture().catch(() => null);
  if (grey === null) return null;
  const [{ heatMapOf }, { libraryLock }] = await Promise.all([import('./heat-map.js'), import('./image-library.js')]);
  return libraryLock.shared(() => heatMapOf(seenAs(grey, view), { maps, logits }, model.release));
}
