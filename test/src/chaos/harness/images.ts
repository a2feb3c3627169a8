import { drawRadiograph } from '@hilum/local';

const DRAWINGS = 6;
let drawn: Promise<Buffer[]> | null = null;

/**
 * A JPEG that no other number gives: one of a few drawn radiographs with the number in a comment segment. Drawing each
 * one anew would cost more than everything that is to be tested.
 */
export async function numberedImage(number: number): Promise<Buffer> {
  drawn ??= Promise.all(
    Array.from({ length: DRAWINGS }, async (_, index) => {
      const { jpeg } = await drawRadiograph({ seed: 49 + index, finding: index % 2 === 0 ? 'pneumonia' : 'normal' });
      return jpeg;
    }),
  );
  const drawings = await drawn;
  const jpeg = drawings[number % DRAWINGS] ?? Buffer.alloc(0);
  return withComment(jpeg, `image ${number}`);
}

/** ITU T.81, B.2.4.5: FF FE, the length of the segment with its own two bytes, the text; put right after SOI. */
function withComment(jpeg: Buffer, text: string): Buffer {
  const comment = Buffer.from(text, 'ascii');
  const head = Buffer.from([0xff, 0xfe, (comment.length + 2) >> 8, (comment.length + 2) & 0xff]);
  return Buffer.concat([jpeg.subarray(0, 2), head, comment, jpeg.subarray(2)]);
}
