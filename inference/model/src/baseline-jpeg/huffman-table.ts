const MOST_BITS = 16;
const MOST_SYMBOLS = 256;

/** Bytes of the ends, offsets and symbols of a table in the kernel's memory. */
export const CODES_BYTES = 2 * 4 * (MOST_BITS + 1) + MOST_SYMBOLS;

/** Codes of at most this many bits are found in one look, as the kernel has it; longer ones are rare. */
export const LOOK_BITS = 12;

/** Instead of a run of zeros: the rest of the block. */
const END_OF_BLOCK = 64;

export interface HuffmanTable {
  /** how many codes there are of each length, 1 to 16 bits */
  counts: Uint8Array;
  /** what they stand for, shortest code first */
  symbols: Uint8Array;
}

/** Where in the kernel's memory a table is written, and how. */
export interface TablePlace {
  /** address of 2 ** {@link LOOK_BITS} × i32 */
  looks: number;
  /** address of {@link CODES_BYTES} */
  codes: number;
}

/**
 * Writes a table in the form that the kernel reads:
 *
 * - looks: for every beginning of so many bits what stands there: bits 0…4 how many bits are used up, 5…11 the run of zeros
 *   or {@link END_OF_BLOCK}, 12…15 the size of the value that follows, or 0 and the value itself in bits 16…31. 0 for a
 *   longer code, or none.
 * - codes: by length the code behind the last one, left-aligned in 16 bits, 0 when there is none of that length; by length
 *   what to add to a code to find its symbol; the symbols.
 *
 * @returns false when the counts promise more codes than there are, which not every decoder reads the same way
 */
export function writeHuffmanTable({ counts, symbols }: HuffmanTable, memory: ArrayBuffer, place: TablePlace): boolean {
  const looks = new Int32Array(memory, place.looks, 1 << LOOK_BITS);
  const ends = new Int32Array(memory, place.codes, MOST_BITS + 1);
  const offsets = new Int32Array(memory, ends.byteOffset + ends.byteLength, MOST_BITS + 1);
  new Uint8Array(memory, offsets.byteOffset + offsets.byteLength, MOST_SYMBOLS).fill(0).set(symbols);
  looks.fill(0);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= MOST_BITS; length += 1) {
    const count = counts[length - 1] ?? 0;
    offsets[length] = index - code;
    for (let nth = 0; nth < count; nth += 1) {
      if (length <= LOOK_BITS) fillLooks(looks, code, length, symbols[index] ?? 0);
      code += 1;
      index += 1;
    }
    // the code of ones alone must stay free
    if (code >= 1 << length) return false;
    ends[length] = count === 0 ? 0 : code << (MOST_BITS - length);
    code <<= 1;
  }
  return true;
}

function fillLooks(looks: Int32Array, code: number, length: number, symbol: number): void {
  const size = symbol & 15;
  const run = size === 0 && symbol >>> 4 !== 15 ? END_OF_BLOCK : symbol >>> 4;
  const rest = LOOK_BITS - length;
  const from = code << rest;
  const head = length | (run << 5);
  if (size > rest) {
    looks.fill(head | (size << 12), from, from + (1 << rest));
    return;
  }
  // the value is within the look too: one entry for each, repeated for whatever follows it
  const each = 1 << (rest - size);
  for (let bits = 0; bits < 1 << size; bits += 1)
    looks.fill((head + size) | (valueOf(bits, size) << 16), from + bits * each, from + (bits + 1) * each);
}

/** A value's bits as a number (ITU-T T.81, F.2.2.1): those that begin with 0 are negative. */
function valueOf(bits: number, size: number): number {
  return size > 0 && bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}
