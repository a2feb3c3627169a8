import { DEFAULT_DECODE_LIMITS, prepareImage, withInputTensor, type Model } from '@hilum/model';

/**
 * The least that scoring an image takes: the service's decoding and one run of its network, in the thread that asks.
 * @returns the network's logits, label by label
 * @throws Error when the image cannot be read
 */
export async function bareWork(image: Uint8Array, model: Model): Promise<Float32Array> {
  const prepared = await prepareImage(image, model, DEFAULT_DECODE_LIMITS);
  if (prepared.kind === 'unreadable') throw new Error(`an image is unreadable: ${prepared.reason}`);
  const { logits } = await withInputTensor(prepared.grey, model.release, (tensor) => model.predict(tensor, 1, false));
  return logits[0] ?? new Float32Array();
}
