import { logOddsOf } from './calibration-rule.js';
import type { GreyImage } from './decode.js';
import { sharp } from './image-library.js';
import type { ActivationMaps } from './network.js';
import type { Release } from './release.js';

/**
 * "Inferno" of matplotlib (CC0) at nine even steps: lightness rises steadily, so it is read the same with any colour
 * vision and in grey print.
 */
const INFERNO: readonly (readonly [number, number, number])[] = [
  [0, 0, 4],
  [31, 12, 72],
  [85, 15, 109],
  [136, 34, 106],
  [186, 54, 85],
  [227, 89, 51],
  [249, 140, 10],
  [249, 201, 50],
  [252, 255, 164],
];

/** Evidence, in log-odds, that always gets the full colour: as if the whole image were scored 0.9975. */
const FULL_EVIDENCE = 6;

/** Below this share of the full evidence the picture stays grey. */
const COLOURED_FROM = 0.4;
/** The strongest overlay still lets the anatomy through. */
const MAX_OPACITY = 0.6;

/**
 * Where the network looked (class activation mapping, Zhou et al. 2016). A place's evidence is the calibrated log-odds
 * that the image would get if all of it looked like that place. Colour is in proportion to it, full at the strongest
 * place or at {@link FULL_EVIDENCE}, whichever is more. A map stretched to its own maximum alone would colour something
 * in every normal image; a fixed scale alone, or one of probabilities, would colour all of a severe one.
 * @param image grey, at `heatMapSizeOf` the region that was scored
 * @returns a PNG of the image's size
 */
export async function heatMapOf(
  image: GreyImage,
  { maps, logits }: { maps: ActivationMaps; logits: Float32Array },
  release: Release,
): Promise<Buffer> {
  const { width, height } = image;
  const heat = await sharp(heatOf(maps, logits, release), {
    raw: { width: maps.width, height: maps.height, channels: 1 },
  })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer();
  const painted = Buffer.allocUnsafe(width * height * 3);
  for (let index = 0; index < width * height; index += 1) {
    const entry = (heat[index] ?? 0) * 4;
    const rest = ((image.data[index] ?? 0) * (COLOURS[entry + 3] ?? 0)) / 255;
    for (let channel = 0; channel < 3; channel += 1)
      painted[index * 3 + channel] = Math.round((COLOURS[entry + channel] ?? 0) + rest);
  }
  return (
    sharp(painted, { raw: { width, height, channels: 3 } })
      // the higher levels cost twice the time on such pictures and save two per cent
      .png({ compressionLevel: 3 })
      .toBuffer()
  );
}

/**
 * One byte a cell, 255 = full colour. A map's mean is its label's logit but for the network's own bias, which is in no
 * output: it is the difference of the two.
 */
function heatOf(maps: ActivationMaps, logits: Float32Array, release: Release): Uint8Array {
  const area = maps.width * maps.height;
  const biases = release.labels.map((_label, at) => {
    const sum = maps.data.subarray(at * area, (at + 1) * area).reduce((total, value) => total + value, 0);
    return (logits[at] ?? 0) - sum / area;
  });
  const evidence = Array.from({ length: area }, (_, cell) =>
    logOddsOf(
      biases.map((bias, at) => (maps.data[at * area + cell] ?? 0) + bias),
      release,
    ),
  );
  const full = Math.max(FULL_EVIDENCE, ...evidence);
  return Uint8Array.from(evidence, (value) => Math.round((Math.max(0, value) / full) * 255));
}

/** For every heat 0..255: red, green and blue already multiplied by the opacity, then what is left for the image. */
const COLOURS = Uint8Array.from(
  Array.from({ length: 256 }, (_, value) => {
    const strength = Math.max(0, (value / 255 - COLOURED_FROM) / (1 - COLOURED_FROM));
    const opacity = MAX_OPACITY * strength;
    const [red, green, blue] = infernoAt(value / 255);
    return [red * opacity, green * opacity, blue * opacity, 255 * (1 - opacity)].map(Math.round);
  }).flat(),
);

function infernoAt(position: number): [number, number, number] {
  const scaled = position * (INFERNO.length - 1);
  const low = Math.min(Math.floor(scaled), INFERNO.length - 2);
  const share = scaled - low;
  const from = INFERNO[low] ?? [0, 0, 0];
  const to = INFERNO[low + 1] ?? [0, 0, 0];
  const mix = (at: 0 | 1 | 2): number => from[at] + (to[at] - from[at]) * share;
  return [mix(0), mix(1), mix(2)];
}
