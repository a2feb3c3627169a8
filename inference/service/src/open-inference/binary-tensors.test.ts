import { describe, expect, it } from 'vitest';
import { BinaryTensorError, readByteElements, readFloats, writeFloats } from './binary-tensors.js';

describe('FP32 tensors as bytes', () => {
  it('are little-endian, and need not begin at a multiple of four', () => {
    const body = Buffer.concat([Buffer.from('{'), Buffer.from('0000803f000020c1', 'hex')]);
    expect([...readFloats(body.subarray(1), 2)]).toEqual([1, -10]);
    expect(writeFloats([1, -10]).toString('hex')).toBe('0000803f000020c1');
  });

  it.each([
    ['too few bytes', Buffer.alloc(7), 'is 7 bytes, its shape needs 8'],
    ['too many bytes', Buffer.alloc(12), 'is 12 bytes, its shape needs 8'],
    ['what is no number', Buffer.from('0000803f0000c07f', 'hex'), 'finite'],
    ['infinity', Buffer.from('0000807f0000803f', 'hex'), 'finite'],
  ])('are refused with %s', (_name, bytes, message) => {
    expect(() => readFloats(bytes, 2)).toThrow(BinaryTensorError);
    expect(() => readFloats(bytes, 2)).toThrow(message);
  });
});

describe('BYTES tensors as bytes', () => {
  const element = (length: number, text: string): Buffer => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32LE(length);
    return Buffer.concat([prefix, Buffer.from(text)]);
  };

  it('have a length before each element, and an element may be empty', () => {
    const bytes = Buffer.concat([element(3, 'one'), element(0, ''), element(5, 'three')]);
    expect(readByteElements(bytes, 3).map(String)).toEqual(['one', '', 'three']);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'ends after 0 of the 2 elements'],
    ['an element too few', element(3, 'one'), 'ends after 1 of the 2 elements'],
    ['half a length', Buffer.concat([element(3, 'one'), Buffer.alloc(3)]), 'ends after 1 of the 2 elements'],
    ['a length beyond the end', Buffer.concat([element(3, 'one'), element(4, 'two')]), 'element 1 says 4 bytes, 3 are'],
    ['the longest length there is', element(0xffffffff, 'one'), 'element 0 says 4294967295 bytes, 3 are left'],
    [
      'an element too many',
      Buffer.concat([1, 2, 3].map(() => element(1, 'x'))),
      'has 5 bytes more than the 2 elements',
    ],
  ])('are refused with %s', (_name, bytes, message) => {
    expect(() => readByteElements(bytes, 2)).toThrow(BinaryTensorError);
    expect(() => readByteElements(bytes, 2)).toThrow(message);
  });
});
