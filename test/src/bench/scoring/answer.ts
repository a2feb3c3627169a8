import { z } from 'zod';

/** Tells how many bytes of an answer are JSON; what follows are the outputs that are not in it. */
export const JSON_LENGTH_HEADER = 'inference-header-content-length';

const probability = z.number().min(0).max(1);
/** What the peers answer. */
const plainAnswer = z.object({ probability });
/** What the Open Inference Protocol answers to an image that was sent as it is: outputs behind the JSON, in their order. */
const protocolAnswer = z.object({
  outputs: z.array(z.object({ name: z.string(), parameters: z.object({ binary_data_size: z.number() }) })),
});
const answer = z.union([plainAnswer, protocolAnswer]);

/**
 * The probability in a server's answer.
 * @param jsonLength of {@link JSON_LENGTH_HEADER}, undefined when all is JSON
 * @throws Error when there is none: what such a server has done is not the work that is compared
 */
export function probabilityOf(body: Buffer, jsonLength: string | undefined): number {
  const end = jsonLength === undefined ? body.length : Number(jsonLength);
  try {
    const said = answer.parse(JSON.parse(body.toString('utf8', 0, end)));
    if ('probability' in said) return said.probability;
    const index = said.outputs.findIndex(({ name }) => name === 'probability');
    const before = said.outputs.slice(0, index).reduce((sum, { parameters }) => sum + parameters.binary_data_size, end);
    if (index < 0) throw new Error('no output has that name');
    return probability.parse(body.readFloatLE(before));
  } catch (error) {
    throw new Error(`an answer without a probability: ${body.toString('utf8', 0, 200)}`, { cause: error });
  }
}

/**
 * What decoding by another library may do to a probability: of 60 full-size radiographs it moves the most sensitive by 0.05 with
 * release 0.2.0 and by 0.09 with one in 8-bit integers at 160 px. A server that is further off computes something else.
 */
export const MOST_DIFFERENCE = 0.15;

/**
 * The largest difference between two servers' probabilities of the same images, and the image (from 0) that has it.
 * @throws RangeError when they have not answered the same number of images, or none
 */
export function largestDifference(
  ours: readonly number[],
  theirs: readonly number[],
): { difference: number; image: number } {
  if (ours.length === 0 || ours.length !== theirs.length)
    throw new RangeError(`expected as many answers, but got ${ours.length} and ${theirs.length}`);
  return ours
    .map((value, image) => ({ difference: Math.abs(value - (theirs[image] ?? Number.NaN)), image }))
    .reduce((most, each) => (each.difference > most.difference ? each : most));
}
