import type { Doubt } from '@hilum/contracts';
import type { GreyImage } from './decode.js';
import { doubtOfExposure, turnOf, verdictOf, type GateClass } from './gate-rule.js';
import { exposureOf } from './grey/image-stats.js';
import { AS_IT_IS, seenAs, type View } from './image-view.js';
import { withInputTensor } from './grey/input-tensor.js';
import type { ActivationMaps, Network } from './network.js';
import type { Release } from './release.js';

/** What the network made of an image, looked at the right way round. */
export interface Examined {
  kind: 'examined';
  /** how it was looked at in the end; logits and maps are of this view */
  view: View;
  logits: Float32Array;
  /** undefined when they were not wanted, or the network has none */
  maps: ActivationMaps | undefined;
  doubt: Doubt | null;
}

/** What can look at an image. */
export type Looker = Pick<Network, 'predict'> & { release: Release };

interface Look {
  logits: Float32Array;
  maps: ActivationMaps | undefined;
  verdict: GateClass;
}

/**
 * Shows the network an image, and once more as its gate says that the image should have been: first not inverted, then
 * upright, so at most three times. What is then no chest, or inverted either way round, is none. An inversion is undone
 * and the score stands, for nothing is lost by it. A turned image is scored upright, but it stays a doubt: which way was
 * up says which side is left, and the network cannot tell a turned image from a turned and mirrored one.
 * @param grey at the release's input size
 */
export async function examine(
  grey: GreyImage,
  model: Looker,
  areMapsWanted: boolean,
): Promise<Examined | { kind: 'not-chest' }> {
  const lookAt = (view: View): Promise<Look> => lookOnce(grey, view, model, areMapsWanted);
  const none = { kind: 'not-chest' } as const;
  let view = AS_IT_IS;
  let look = await lookAt(view);
  if (look.verdict === 'inverted') {
    view = { ...view, isInverted: true };
    look = await lookAt(view);
    if (look.verdict === 'inverted') return none;
  }
  const turn = turnOf(look.verdict);
  if (turn !== 0) {
    view = { ...view, turn: upright(turn) };
    look = await lookAt(view);
  }
  if (look.verdict === 'not-chest') return none;
  const { logits, maps } = look;
  const exposure = doubtOfExposure(exposureOf(seenAs(grey, view)), model.release.gate);
  return { kind: 'examined', view, logits, maps, doubt: view.turn === 0 ? exposure : 'rotated' };
}

function upright(turn: 90 | 180 | 270): View['turn'] {
  if (turn === 180) return 180;
  return turn === 90 ? 270 : 90;
}

async function lookOnce(grey: GreyImage, view: View, model: Looker, areMapsWanted: boolean): Promise<Look> {
  const { release } = model;
  const { width, height } = release.input;
  const turned = seenAs(grey, view);
  // turned sideways it no longer fits a network whose input is not square
  const fits = turned.width === width && turned.height === height;
  const seen = fits ? turned : await squeezed(turned, { width, height });
  const { logits, cams, gates } = await withInputTensor(seen, release, (tensor) =>
    model.predict(tensor, 1, areMapsWanted),
  );
  const gate = gates?.[0];
  const { network } = release.gate;
  return {
    logits: logits[0] ?? new Float32Array(),
    maps: cams?.[0],
    verdict: gate === undefined || network === undefined ? 'chest' : verdictOf(gate, network),
  };
}

async function squeezed(image: GreyImage, { width, height }: { width: number; height: number }): Promise<GreyImage> {
  // only here: threads that predict are to do without it, and turn what is square only
  const { libraryLock, sharp } = await import('./image-library.js');
  const raw = { width: image.width, height: image.height, channels: 1 } as const;
  const data = await libraryLock.shared(() =>
    sharp(image.data, { raw })
      .resize(width, height, { fit: 'fill' })
      .toColourspace('b-w')
      .raw({ depth: 'uchar' })
      .toBuffer(),
  );
  return { data, width, height };
}
