import { endianness } from 'node:os';

/** Binary tensor data that are not what was said about them; the message has no field name, the caller adds it. */
export class BinaryTensorError extends Error {}

const FLOAT_BYTES = 4;
/** Each element of a BYTES tensor is preceded by its length, 32 bits, unsigned. */
const LENGTH_BYTES = 4;

/**
 * Little-endian 32-bit floats, as many as the shape asks for.
 * @throws BinaryTensorError when there are more or fewer, or one is no finite number
 */
export function readFloats(bytes: Buffer, count: number): Float32Array {
  if (bytes.length !== count * FLOAT_BYTES)
    throw new BinaryTensorError(`is ${bytes.length} bytes, its shape needs ${count * FLOAT_BYTES}`);
  // copied: a typed array must begin at a multiple of four, and these may begin anywhere in the body
  const numbers = new Float32Array(count);
  const view = Buffer.from(numbers.buffer);
  bytes.copy(view);
  if (endianness() === 'BE') view.swap32();
  if (!numbers.every(Number.isFinite)) throw new BinaryTensorError('must hold finite numbers only');
  return numbers;
}

/** The reverse of `readFloats`. */
export function writeFloats(numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(FLOAT_BYTES * numbers.length);
  for (const [index, number] of numbers.entries()) bytes.writeFloatLE(number, FLOAT_BYTES * index);
  return bytes;
}

/**
 * The elements of a BYTES tensor, as views of the body: nothing is copied.
 * @throws BinaryTensorError when there are not `count` of them or bytes are left over
 */
export function readByteElements(bytes: Buffer, count: number): Buffer[] {
  const elements: Buffer[] = [];
  let offset = 0;
  while (elements.length < count) {
    if (bytes.length - offset < LENGTH_BYTES)
      throw new BinaryTensorError(`ends after ${elements.length} of the ${count} elements of its shape`);
    const length = bytes.readUInt32LE(offset);
    offset += LENGTH_BYTES;
    if (length > bytes.length - offset)
      throw new BinaryTensorError(`element ${elements.length} says ${length} bytes, ${bytes.length - offset} are left`);
    elements.push(bytes.subarray(offset, offset + length));
    offset += length;
  }
  if (offset !== bytes.length)
    throw new BinaryTensorError(`has ${bytes.length - offset} bytes more than the ${count} elements of its shape`);
  return elements;
}
