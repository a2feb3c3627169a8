// AssemblyScript. `npm run kernel -w inference/model` compiles it to src/baseline-jpeg/kernel-wasm.ts, which is kept in
// the repository so that nobody else needs the compiler.
//
// Bit reading, scaled inverse transform and resampling of grey baseline JPEGs. Knows no layout: whoever calls hands in
// addresses. The form of the tables is told where they are made: huffman-table.ts and baseline-jpeg-decoder.ts.

const LOOK_BITS: u32 = 12;

/**
 * Decodes `blocks` blocks of one stretch between two restarts.
 * @param coded address of the stretch's first byte; 264 bytes behind its last must be readable
 * @param codedEnd address behind its last byte
 * @param dc, ac addresses of looks (4096 × i32), then ends (17 × i32), offsets (17 × i32) and symbols (256 × u8)
 * @param firstBlock number of its first block in the image
 * @param across blocks a row
 * @param planes address of `planeCount` times: samples a block has each way, address of its weights, address of its
 *   samples, samples a row (all i32)
 * @param scratch 64 × i32 places, then 64 × f32 values; behind them 64 × u8 that say of each place whether it weighs
 *   anything anywhere: 1, or 0 and it is passed over
 * @returns 1, or 0 when the stretch is damaged: a code that is none, too many values, too few bits or too many
 */
export function decodeStretch(
  coded: usize, codedEnd: usize, dc: usize, ac: usize, firstBlock: u32, blocks: u32, across: u32,
  planes: usize, planeCount: u32, scratch: usize,
): u32 {
  let next = coded;
  let ahead: u64 = 0;
  let have: u32 = 0;
  let mean: i32 = 0;
  let left = firstBlock % across;
  let top = firstBlock / across;
  for (let block: u32 = 0; block < blocks; block++) {
    // the difference of this block's mean from the one before
    if (have < 32) {
      ahead |= <u64>bigEndian(next) << (32 - have);
      have += 32;
      next += 4;
    }
    let found: u32 = load<u32>(dc + (<usize>(ahead >>> (64 - LOOK_BITS)) << 2));
    if (found == 0) {
      found = longCode(dc, <u32>(ahead >>> 48));
      if (found == 0) return 0;
    }
    ahead <<= found & 31;
    have -= found & 31;
    let size: u32 = (found >>> 12) & 15;
    if (size == 0) mean += <i32>found >> 16;
    else {
      const bits = <u32>(ahead >>> (64 - size));
      mean += signedValue(bits, size);
      ahead <<= size;
      have -= size;
    }
    store<u32>(scratch, 0);
    store<f32>(scratch, <f32>mean, 256);
    let count: u32 = 1;
    // what differs within the block
    let place: u32 = 0;
    while (place < 63) {
      if (have < 32) {
        ahead |= <u64>bigEndian(next) << (32 - have);
        have += 32;
        next += 4;
      }
      found = load<u32>(ac + (<usize>(ahead >>> (64 - LOOK_BITS)) << 2));
      if (found == 0) {
        found = longCode(ac, <u32>(ahead >>> 48));
        if (found == 0) return 0;
      }
      ahead <<= found & 31;
      have -= found & 31;
      place += ((found >>> 5) & 127) + 1;
      if (place > 63) {
        // the end of the block stands for a run that leads out of it; any other that does is damage
        if (((found >>> 5) & 127) != 64) return 0;
        break;
      }
      let value: i32 = <i32>found >> 16;
      size = (found >>> 12) & 15;
      if (size != 0) {
        value = signedValue(<u32>(ahead >>> (64 - size)), size);
        ahead <<= size;
        have -= size;
      }
      store<u32>(scratch + (<usize>count << 2), place);
      store<f32>(scratch + (<usize>count << 2), <f32>value, 256);
      count += load<u8>(scratch + place, 512);
    }
    if (next - (have >>> 3) > codedEnd) return 0;
    let plane = planes;
    for (let index: u32 = 0; index < planeCount; index++, plane += 16) putBlock(plane, left, top, count, scratch);
    if (++left == across) {
      left = 0;
      top++;
    }
  }
  // a byte that no block has touched: pixels are left over
  return next - (have >>> 3) == codedEnd ? 1 : 0;
}

// @ts-ignore: decorator
@inline
function bigEndian(at: usize): u32 {
  return bswap<u32>(load<u32>(at));
}

// @ts-ignore: decorator
@inline
function signedValue(bits: u32, size: u32): i32 {
  const value = <i32>bits;
  return value - (((value >> (size - 1)) - 1) & ((1 << size) - 1));
}

/** What the looks would hold of a code that is longer than theirs; 0 when it is none. */
function longCode(table: usize, bits: u32): u32 {
  const ends = table + 16384;
  for (let length: u32 = LOOK_BITS + 1; length <= 16; length++) {
    if (bits >= load<u32>(ends + (<usize>length << 2))) continue;
    const index = (bits >>> (16 - length)) + load<i32>(ends + 68 + (<usize>length << 2));
    const symbol = <u32>load<u8>(ends + 136 + <usize>(index & 255));
    const size = symbol & 15;
    const run = symbol >>> 4;
    return length | ((size == 0 && run != 15 ? 64 : run) << 5) | (size << 12);
  }
  return 0;
}

function putBlock(plane: usize, left: u32, top: u32, count: u32, scratch: usize): void {
  const samples = load<u32>(plane, 0);
  const weights = load<usize>(plane, 4);
  const stride = load<u32>(plane, 12) << 2;
  let to = load<usize>(plane, 8) + top * samples * stride + ((left * samples) << 2);
  if (samples == 1) {
    store<f32>(to, clamped(load<f32>(scratch, 256) * load<f32>(weights)));
    return;
  }
  if (samples == 2) {
    let sum = f32x4.splat(128);
    for (let index: u32 = 0; index < count; index++) {
      const coefficient = scratch + (<usize>index << 2);
      const value = v128.load32_splat(coefficient, 256);
      sum = f32x4.add(sum, f32x4.mul(value, v128.load(weights + (<usize>load<u32>(coefficient) << 4))));
    }
    sum = clampedFour(sum);
    v128.store64_lane(to, sum, 0);
    v128.store64_lane(to + stride, sum, 1);
    return;
  }
  // sixteen samples at a time: a block of 4 × 4, or two rows of 8
  const steps: u32 = samples == 4 ? 1 : 4;
  const shift: u32 = samples == 4 ? 6 : 8;
  for (let step: u32 = 0; step < steps; step++) {
    let one = f32x4.splat(128);
    let two = one;
    let three = one;
    let four = one;
    for (let index: u32 = 0; index < count; index++) {
      const coefficient = scratch + (<usize>index << 2);
      const value = v128.load32_splat(coefficient, 256);
      const row = weights + (<usize>load<u32>(coefficient) << shift) + (step << 6);
      one = f32x4.add(one, f32x4.mul(value, v128.load(row)));
      two = f32x4.add(two, f32x4.mul(value, v128.load(row, 16)));
      three = f32x4.add(three, f32x4.mul(value, v128.load(row, 32)));
      four = f32x4.add(four, f32x4.mul(value, v128.load(row, 48)));
    }
    v128.store(to, clampedFour(one));
    if (samples == 4) {
      v128.store(to + stride, clampedFour(two));
      v128.store(to + 2 * stride, clampedFour(three));
      v128.store(to + 3 * stride, clampedFour(four));
    } else {
      v128.store(to + 16, clampedFour(two));
      v128.store(to + stride, clampedFour(three));
      v128.store(to + stride + 16, clampedFour(four));
      to += 2 * stride;
    }
  }
}

// @ts-ignore: decorator
@inline
function clampedFour(values: v128): v128 {
  return f32x4.max(f32x4.min(values, f32x4.splat(255)), f32x4.splat(0));
}

// @ts-ignore: decorator
@inline
function clamped(value: f32): f32 {
  return max<f32>(min<f32>(value + 128, 255), 0);
}

/**
 * Resizes a plane to 8-bit grey, first down, then across.
 * @param stride samples a row of the plane, a multiple of 4
 * @param down, across addresses of the weights either way: of each output sample the first input sample (i32), behind
 *   them for each `taps` weights (f32), those across a multiple of 4
 * @param line room for `stride + 16` samples
 */
export function resample(
  plane: usize, stride: u32, width: u32, height: u32, down: usize, downTaps: u32, across: usize, acrossTaps: u32,
  line: usize, to: usize,
): void {
  const rowBytes = stride << 2;
  let downWeight = down + (<usize>height << 2);
  for (let y: u32 = 0; y < height; y++) {
    const first = plane + load<u32>(down + (<usize>y << 2)) * rowBytes;
    for (let x: u32 = 0; x < rowBytes; x += 16) {
      let sum = f32x4.splat(0);
      let from = first + x;
      for (let tap: u32 = 0; tap < downTaps; tap++, from += rowBytes)
        sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load32_splat(downWeight + (<usize>tap << 2))));
      v128.store(line + x, sum);
    }
    downWeight += <usize>downTaps << 2;
    let weight = across + (<usize>width << 2);
    for (let x: u32 = 0; x < width; x++) {
      let from = line + (load<u32>(across + (<usize>x << 2)) << 2);
      let sum = f32x4.splat(0);
      for (let tap: u32 = 0; tap < acrossTaps; tap += 4, from += 16, weight += 16)
        sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load(weight)));
      const total =
        f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
      store<u8>(to, <u8>max<f32>(min<f32>(total + 0.5, 255), 0));
      to++;
    }
  }
}
