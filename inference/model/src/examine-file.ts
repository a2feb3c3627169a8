import type { InputDescription, UnreadableReason } from '@hilum/contracts';
import { decodeBaselineJpeg, isOfBaselineSize } from './baseline-jpeg/decode-baseline-jpeg.js';
import type { GreyImage } from './decode.js';
import type { DecodeLimits } from './decode-limits.js';
import { examine, type Examined, type Looker } from './examine.js';
import { lengthOf, type FileParts } from './file-parts.js';
import { heatMapSizeOf } from './heat-map-size.js';
import { judgeImage } from './judge-image.js';

const JPEG_FIRST_BYTE = 0xff;

export interface ExamineOptions {
  limits: DecodeLimits;
  /** whether a heat map is to be drawn, which needs the activation maps, and the image once more at the heat map's size */
  isPictureWanted: boolean;
}

/** What was found in a file; times in milliseconds. */
export type FileExamination =
  | {
      kind: 'examined';
      input: InputDescription;
      examined: Examined;
      /** at the size of its heat map; null when it was not wanted */
      picture: GreyImage | null;
      decodeMs: number;
      predictMs: number;
    }
  | {
      kind: 'unreadable';
      reason: UnreadableReason;
      input: InputDescription;
      decodeMs: number;
      /** null when the network was not asked */
      predictMs: number | null;
    };

/** A file as it came, which takes what only the thread that answers requests has. */
export interface LeftFile {
  kind: 'left';
  file: FileParts;
}

/** Whether {@link examineFile} is worth asking: told by what costs nothing. */
export function mayBeExamined(file: FileParts, limits: DecodeLimits): boolean {
  const first = file.find((part) => part.length > 0);
  return isOfBaselineSize(lengthOf(file), limits) && first?.[0] === JPEG_FIRST_BYTE;
}

/**
 * Decodes and examines a file on the thread of the network itself, so that nothing of an image's size has to go from one
 * thread to another but the file.
 * @returns `left` with the file when that takes libvips, which only the thread that answers requests has: for all files but
 *   sound grey baseline JPEGs, and where a turned image would have to be squeezed into an input that is not square
 */
export async function examineFile(
  file: FileParts,
  model: Looker,
  { limits, isPictureWanted }: ExamineOptions,
): Promise<FileExamination | LeftFile> {
  const { input: size, preprocessing, gate } = model.release;
  if (!mayBeExamined(file, limits) || (gate.network !== undefined && size.width !== size.height))
    return { kind: 'left', file };
  const beganAt = performance.now();
  const decoded = decodeBaselineJpeg(file, preprocessing, limits, (image) =>
    isPictureWanted ? [size, heatMapSizeOf(image)] : [size],
  );
  const [grey, picture] = decoded?.images ?? [];
  if (decoded === null || grey === undefined) return { kind: 'left', file };
  const judged = judgeImage(grey, decoded.input, model.release);
  const decodedAt = performance.now();
  const decodeMs = decodedAt - beganAt;
  if (judged.kind === 'unreadable') return { ...judged, decodeMs, predictMs: null };
  const examined = await examine(grey, model, isPictureWanted);
  const predictMs = performance.now() - decodedAt;
  const { input } = judged;
  if (examined.kind === 'not-chest') return { kind: 'unreadable', reason: 'not-chest', input, decodeMs, predictMs };
  return { kind: 'examined', input, examined, picture: picture ?? null, decodeMs, predictMs };
}
