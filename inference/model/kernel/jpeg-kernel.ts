// AssemblyScript. `npm run kernel -w inference/model` compiles it to src/baseline-jpeg/kernel-wasm.ts, which is kept in
// the repository so that nobody else needs the compiler.
//
// Bit reading, scaled inverse transform and resampling of grey baseline JPEGs. Knows no layout: whoever calls hands in
// addresses. The form of the tables is told where they are made: huffman-table.ts and baseline-jpeg-decoder.ts.

/** Bits that a look begins with: for means, and for all else. With these sizes the tables stay in the processor's cache. */
const MEAN_BITS: u32 = 9;
const LOOK_BITS: u32 = 12;
/** Instead of a run of zeros: the end of the block leads this far, out of every block and to where no run leads. */
const END_OF_BLOCK: u32 = 128;
/** The same where places are only counted: told apart from as many values as a look holds. */
const END_OF_COUNT: u32 = 192;
/** Places that a block has and that a damaged one can lead to, each with weights. */
const PLACES: u32 = 208;
/** Second bytes of markers (ITU-T T.81, table B.1). */
const END_OF_IMAGE: u32 = 0xd9;
const FIRST_RESTART: u32 = 0xd0;
/** Where a scratch's values and its notes of what weighs anything begin. */
const VALUES: usize = 288;
const COUNTED: usize = 576;

/**
 * Makes looks at two values at once of looks at one.
 * @param single address of the looks at one
 * @param pairs address of 4096 × u64: bits 0…4 how many bits are used up, 5…9 how many of them by the first value, 10…17 and
 *   18…25 how far the first and the second lead (no distance, of the value 0, when there is no second), 32…47 and 48…63 the
 *   values. Where the first does not fit: 0 in bits 0…4, and what the look at one holds in bits 32…63
 */
export function pairLooks(single: usize, pairs: usize): void {
  for (let look: u32 = 0; look < 1 << LOOK_BITS; look++) {
    const first = load<u32>(single + (<usize>look << 2));
    const to = pairs + (<usize>look << 3);
    if (first == 0 || ((first >>> 12) & 15) != 0) {
      store<u64>(to, <u64>first << 32);
      continue;
    }
    const used = first & 31;
    let entry: u64 = (used << 5) | (distanceOf(first) << 10) | (<u64>(first >>> 16) << 32);
    let usedInAll = used;
    if (distanceOf(first) != END_OF_BLOCK) {
      const second = load<u32>(single + (<usize>((look << used) & ((1 << LOOK_BITS) - 1)) << 2));
      // the bits that follow the look are not known: a code may only be taken for one when all of it is within
      if (second != 0 && ((second >>> 12) & 15) == 0 && used + (second & 31) <= LOOK_BITS) {
        usedInAll += second & 31;
        entry |= (<u64>distanceOf(second) << 18) | (<u64>(second >>> 16) << 48);
      }
    }
    store<u64>(to, entry | usedInAll);
  }
}

// @ts-ignore: decorator
@inline
function distanceOf(found: u32): u32 {
  const run = (found >>> 5) & 127;
  return run == 64 ? END_OF_BLOCK : run + 1;
}

/**
 * Makes looks at as many values as begin within a look of looks at one, for whoever needs none of the values: the code of
 * each is within, the bits of the last one's value need not be.
 * @param single address of the looks at one
 * @param counts address of 4096 × u32: bits 0…4 how many bits are used up, 22 at most, 5…12 how far that leads in all; 0
 *   where the first code is longer than a look, or none
 */
export function countLooks(single: usize, counts: usize): void {
  for (let look: u32 = 0; look < 1 << LOOK_BITS; look++) {
    let used: u32 = 0;
    let led: u32 = 0;
    while (used < LOOK_BITS && led < 63) {
      const next = load<u32>(single + (<usize>((look << used) & ((1 << LOOK_BITS) - 1)) << 2));
      if (next == 0) break;
      const sizeBehind = (next >>> 12) & 15;
      const sizeWithin = 32 - <u32>clz(abs(<i32>next >> 16));
      // what was shifted in may stand for bits of a value, whatever they are, but for none of a code
      if (used + (next & 31) - (sizeBehind == 0 ? sizeWithin : 0) > LOOK_BITS) break;
      used += (next & 31) + sizeBehind;
      const distance = distanceOf(next);
      led += distance == END_OF_BLOCK ? END_OF_COUNT : distance;
    }
    store<u32>(counts + (<usize>look << 2), used | (led << 5));
  }
}

/**
 * Decodes `blocks` blocks of one stretch between two restarts.
 * @param words address of the coded pixels, the bytes of each 8 of them turned; 264 bytes behind the last must be readable
 * @param at the stretch's first bit
 * @param bits the bit behind its last
 * @param dc address of looks (512 × i32), then ends (17 × i32), offsets (17 × i32) and symbols (256 × u8)
 * @param ac address of looks at two values (4096 × u64), then of the same as behind the others
 * @param counts address of looks at as many values as there are (4096 × u32)
 * @param firstBlock number of its first block in the image
 * @param across blocks a row
 * @param planes address of `planeCount` times: samples a block has each way, address of its weights for 208 places, address
 *   of its samples, samples a row (all i32)
 * @param scratch 72 × i32 places, then 72 × f32 values; behind them 208 × u8 that say of each place whether it weighs
 *   anything anywhere: 1, or 0 and it is passed over. Behind place 63 none weighs anything
 * @returns 1, or 0 when the stretch is damaged: a code that is none, too many values, too few bits or too many
 */
export function decodeStretch(
  words: usize, at: usize, bits: usize, dc: usize, ac: usize, counts: usize, firstBlock: u32, blocks: u32, across: u32,
  planes: usize, planeCount: u32, scratch: usize,
): u32 {
  // what a network needs of a full-size radiograph is summed up while its values are read
  const samples = planeCount == 1 ? load<u32>(planes) : 0;
  if (samples == 1) return decodeMeans(words, at, bits, dc, ac + (8 << LOOK_BITS), counts, firstBlock, blocks, across, planes);
  if (samples == 2)
    return decodeBlocks<f32>(words, at, bits, dc, ac, firstBlock, blocks, across, planes, planeCount, scratch);
  return decodeBlocks<i32>(words, at, bits, dc, ac, firstBlock, blocks, across, planes, planeCount, scratch);
}

/** @typeParam Way f32 for a single plane of 2 × 2 samples a block, i32 for all others */
function decodeBlocks<Way>(
  words: usize, at: usize, bits: usize, dc: usize, ac: usize, firstBlock: u32, blocks: u32, across: u32,
  planes: usize, planeCount: u32, scratch: usize,
): u32 {
  const weights = load<usize>(planes, 4);
  const stride = load<usize>(planes, 12) << 2;
  let mean: i32 = 0;
  let left = firstBlock % across;
  let top = firstBlock / across;
  let to = load<usize>(planes, 8) + (<usize>top * stride + (<usize>left << 2)) * 2;
  for (let block: u32 = 0; block < blocks; block++) {
    let ahead = bitsAt(words, at);
    const difference = meanAhead(ahead, dc);
    if (difference == 0) return 0;
    mean += <i32>(<i64>difference >> 32);
    let used = <u32>difference;
    ahead <<= used;
    at += used;
    // how many looks the bits ahead are enough for: 64 there are, a mean takes 27 at most and a look 12
    let looks: u32 = 3;
    let sum = f32x4.splat(128);
    if (isFloat<Way>()) sum = f32x4.add(sum, f32x4.mul(f32x4.splat(<f32>mean), v128.load(weights)));
    else {
      store<u32>(scratch, 0);
      store<f32>(scratch, <f32>mean, VALUES);
    }
    let count: u32 = 1;
    // what differs within the block
    let place: u32 = 0;
    let first: u32 = 0;
    let look: u64 = 0;
    while (place < 63) {
      if (looks == 0) {
        ahead = bitsAt(words, at);
        looks = 5;
      }
      looks--;
      look = load<u64>(ac + (<usize>(ahead >>> (64 - LOOK_BITS)) << 3));
      let value: i32;
      used = <u32>look & 31;
      if (used != 0) {
        first = place + ((<u32>look >>> 10) & 255);
        value = (<i32>(look >>> 32) << 16) >> 16;
      } else {
        // a value that is not within the look, or a longer code: 26 bits at most
        ahead = bitsAt(words, at);
        looks = 2;
        let found = <u32>(look >>> 32);
        if (found == 0) {
          found = longCode(ac + (8 << LOOK_BITS), <u32>(ahead >>> 48), LOOK_BITS);
          if (found == 0) return 0;
        }
        used = found & 31;
        const size = (found >>> 12) & 15;
        first = place + distanceOf(found);
        value = signedValue(ahead << used, size);
        used += size;
        look = 0;
      }
      ahead <<= used;
      at += used;
      place = first + ((<u32>look >>> 18) & 255);
      const second = <i32>(<i64>look >> 48);
      if (isFloat<Way>()) {
        sum = f32x4.add(sum, f32x4.mul(f32x4.splat(<f32>value), v128.load(weights + (<usize>first << 4))));
        sum = f32x4.add(sum, f32x4.mul(f32x4.splat(<f32>second), v128.load(weights + (<usize>place << 4))));
      } else {
        let next = scratch + (<usize>count << 2);
        store<u32>(next, first);
        store<f32>(next, <f32>value, VALUES);
        count += load<u8>(scratch + first, COUNTED);
        next = scratch + (<usize>count << 2);
        store<u32>(next, place);
        store<f32>(next, <f32>second, VALUES);
        // the same place again when there was no second
        count += load<u8>(scratch + place, COUNTED) & <u32>(place != first);
      }
    }
    if (place != 63 && place - END_OF_BLOCK > 62) {
      // led out of the block by a run, which is damage, unless the block was full before: what followed is the next one's
      if (first != 63) return 0;
      at -= (<u32>look & 31) - ((<u32>look >>> 5) & 31);
    }
    if (at > bits) return 0;
    if (isFloat<Way>()) {
      sum = clampedFour(sum);
      v128.store64_lane(to, sum, 0);
      v128.store64_lane(to + stride, sum, 1);
      to += 8;
    } else {
      let plane = planes;
      for (let index: u32 = 0; index < planeCount; index++, plane += 16) putBlock(plane, left, top, count, scratch);
    }
    if (++left == across) {
      left = 0;
      top++;
      if (isFloat<Way>()) to = load<usize>(planes, 8) + <usize>top * stride * 2;
    }
  }
  // a byte that no block has touched: pixels are left over
  return ((at + 7) & ~7) == bits ? 1 : 0;
}

/** Of blocks that become one sample each only the means are needed: all else is passed over. */
function decodeMeans(
  words: usize, at: usize, bits: usize, dc: usize, codes: usize, counts: usize, firstBlock: u32, blocks: u32, across: u32,
  plane: usize,
): u32 {
  const weight = load<f32>(load<usize>(plane, 4));
  const stride = load<usize>(plane, 12) << 2;
  let mean: i32 = 0;
  let left = firstBlock % across;
  let row = load<usize>(plane, 8) + <usize>(firstBlock / across) * stride;
  for (let block: u32 = 0; block < blocks; block++) {
    let ahead = bitsAt(words, at);
    const difference = meanAhead(ahead, dc);
    if (difference == 0) return 0;
    mean += <i32>(<i64>difference >> 32);
    let used = <u32>difference;
    ahead <<= used;
    at += used;
    // bits ahead that are known; a look takes 12
    let known: i32 = 64 - <i32>used;
    let place: u32 = 0;
    let led: u32 = 0;
    while (place < 63) {
      if (known < <i32>LOOK_BITS) {
        ahead = bitsAt(words, at);
        known = 64;
      }
      const look = load<u32>(counts + (<usize>(ahead >>> (64 - LOOK_BITS)) << 2));
      used = look & 31;
      led = look >>> 5;
      if (used == 0) {
        const found = longCode(codes, <u32>(bitsAt(words, at) >>> 48), LOOK_BITS);
        if (found == 0) return 0;
        used = (found & 31) + ((found >>> 12) & 15);
        led = distanceOf(found);
        if (led == END_OF_BLOCK) led = END_OF_COUNT;
      }
      ahead <<= used;
      known -= <i32>used;
      at += used;
      place += led;
    }
    if (place != 63 && place - END_OF_COUNT > 62) {
      // some of what was looked at last is the next block's, unless it is damage: once more, one by one
      at -= used;
      at = endOfBlock(words, at, codes, place - led);
      if (at == 0) return 0;
    }
    if (at > bits) return 0;
    store<f32>(row + (<usize>left << 2), clamped(<f32>mean * weight));
    if (++left == across) {
      left = 0;
      row += stride;
    }
  }
  // a byte that no block has touched: pixels are left over
  return ((at + 7) & ~7) == bits ? 1 : 0;
}

/** The bit behind the last value of a block, `place` being the last one that was passed; 0 when it leads out of the block. */
function endOfBlock(words: usize, at: usize, codes: usize, place: u32): usize {
  while (place < 63) {
    const found = longCode(codes, <u32>(bitsAt(words, at) >>> 48), 0);
    if (found == 0) return 0;
    at += (found & 31) + ((found >>> 12) & 15);
    place += distanceOf(found);
  }
  return place == 63 || place - END_OF_BLOCK <= 62 ? at : 0;
}

/**
 * How a block's mean differs from the one before, in the upper 32 bits, and how many bits that takes in the lower ones; 0 when
 * the bits ahead are no such code.
 */
// @ts-ignore: decorator
@inline
function meanAhead(ahead: u64, dc: usize): u64 {
  let found: u32 = load<u32>(dc + (<usize>(ahead >>> (64 - MEAN_BITS)) << 2));
  if (found == 0) {
    found = longCode(dc + (4 << MEAN_BITS), <u32>(ahead >>> 48), MEAN_BITS);
    if (found == 0) return 0;
  }
  const used = found & 31;
  const size = (found >>> 12) & 15;
  return (<u64>signedValue(ahead << used, size) << 32) | (used + size);
}

/** The 64 bits from `at` on, the first of them the highest. */
// @ts-ignore: decorator
@inline
function bitsAt(words: usize, at: usize): u64 {
  const word = words + ((at >>> 6) << 3);
  const shift = <u64>at & 63;
  return (load<u64>(word) << shift) | ((load<u64>(word, 8) >>> 1) >>> (63 - shift));
}

/**
 * Copies coded pixels without the zeros that only mark a 0xff as one of them.
 * @param end behind the file's last byte; up to 16 bytes behind it are read, and as many behind the last one written
 * @param ends address of room for `stretches` × i32: where each stretch between two restarts ends, in bytes from `to`
 * @param stretches how many there are to be
 * @returns 1; 0 when there are more or fewer, when restarts are not numbered in order, or when another marker than the
 *   image's end is met, or none. What follows the end is not looked at.
 */
export function takeCoded(from: usize, end: usize, to: usize, ends: usize, stretches: u32): u32 {
  const begin = to;
  let found: u32 = 0;
  while (from < end) {
    const bytes = v128.load(from);
    v128.store(to, bytes);
    const marks = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(-1)));
    if (marks == 0) {
      from += 16;
      to += 16;
      continue;
    }
    const before = ctz(marks);
    from += before + 2;
    to += before;
    if (from > end) return 0;
    const mark = <u32>load<u8>(from - 1);
    if (mark == 0) {
      to++;
      continue;
    }
    if (found == stretches) return 0;
    store<i32>(ends + (<usize>found << 2), <i32>(to - begin));
    if (mark == END_OF_IMAGE) return <u32>(found + 1 == stretches);
    if (mark != FIRST_RESTART + (found & 7)) return 0;
    found++;
  }
  return 0;
}

/** Turns the bytes of each 8, so that the processor reads the first as the highest. */
export function turnWords(from: usize, end: usize): void {
  for (let at = from; at < end; at += 16)
    v128.store(at, i8x16.shuffle(v128.load(at), v128.load(at), 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8));
}

/** The number in the first `size` bits (ITU-T T.81, F.2.2.1); 0 of none. */
// @ts-ignore: decorator
@inline
function signedValue(bits: u64, size: u32): i32 {
  const value = <i32>((bits >>> 1) >>> (63 - size));
  return value - (((value >> (size - 1)) - 1) & ((1 << size) - 1));
}

/**
 * What the looks would hold of a code that is longer than theirs; 0 when it is none.
 * @param ends address of ends, offsets and symbols
 */
function longCode(ends: usize, bits: u32, looked: u32): u32 {
  for (let length: u32 = looked + 1; length <= 16; length++) {
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
    store<f32>(to, clamped(load<f32>(scratch, VALUES) * load<f32>(weights)));
    return;
  }
  if (samples == 2) {
    let sum = f32x4.splat(128);
    for (let index: u32 = 0; index < count; index++) {
      const coefficient = scratch + (<usize>index << 2);
      const value = v128.load32_splat(coefficient, VALUES);
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
      const value = v128.load32_splat(coefficient, VALUES);
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
 * @param filled how many of them are the image's; what stands behind them is left over from others
 * @param down, across addresses of the weights either way: of each output sample the first input sample (i32), behind
 *   them for each `taps` weights (f32), those across a multiple of 4
 * @param line room for `stride + 16` samples
 */
export function resample(
  plane: usize, stride: u32, filled: u32, width: u32, height: u32, down: usize, downTaps: u32, across: usize, acrossTaps: u32,
  line: usize, to: usize,
): void {
  const rowBytes = stride << 2;
  const acrossBytes = <usize>acrossTaps << 2;
  let downWeight = down + (<usize>height << 2);
  for (let y: u32 = 0; y < height; y++) {
    const first = plane + load<u32>(down + (<usize>y << 2)) * rowBytes;
    let x: u32 = 0;
    for (; x + 64 <= rowBytes; x += 64) {
      let one = f32x4.splat(0);
      let two = one;
      let three = one;
      let four = one;
      let from = first + x;
      for (let tap: u32 = 0; tap < downTaps; tap++, from += rowBytes) {
        const weight = v128.load32_splat(downWeight + (<usize>tap << 2));
        one = f32x4.add(one, f32x4.mul(v128.load(from), weight));
        two = f32x4.add(two, f32x4.mul(v128.load(from, 16), weight));
        three = f32x4.add(three, f32x4.mul(v128.load(from, 32), weight));
        four = f32x4.add(four, f32x4.mul(v128.load(from, 48), weight));
      }
      v128.store(line + x, one);
      v128.store(line + x, two, 16);
      v128.store(line + x, three, 32);
      v128.store(line + x, four, 48);
    }
    for (; x < rowBytes; x += 16) {
      let sum = f32x4.splat(0);
      let from = first + x;
      for (let tap: u32 = 0; tap < downTaps; tap++, from += rowBytes)
        sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load32_splat(downWeight + (<usize>tap << 2))));
      v128.store(line + x, sum);
    }
    // they weigh nothing, but nothing times what is no number is none either
    for (let behind = filled << 2; behind < rowBytes; behind += 4) store<f32>(line + behind, 0);
    downWeight += <usize>downTaps << 2;
    let weight = across + (<usize>width << 2);
    x = 0;
    for (; x + 4 <= width; x += 4) {
      const first = across + (<usize>x << 2);
      const one = weighed(line, load<u32>(first), weight, acrossTaps);
      const two = weighed(line, load<u32>(first, 4), weight + acrossBytes, acrossTaps);
      const three = weighed(line, load<u32>(first, 8), weight + 2 * acrossBytes, acrossTaps);
      const four = weighed(line, load<u32>(first, 12), weight + 3 * acrossBytes, acrossTaps);
      weight += 4 * acrossBytes;
      // their sums, each in its lane
      const odd = f32x4.add(
        v128.shuffle<f32>(one, two, 0, 4, 1, 5),
        v128.shuffle<f32>(one, two, 2, 6, 3, 7),
      );
      const even = f32x4.add(
        v128.shuffle<f32>(three, four, 0, 4, 1, 5),
        v128.shuffle<f32>(three, four, 2, 6, 3, 7),
      );
      const sums = f32x4.add(v128.shuffle<f32>(odd, even, 0, 1, 4, 5), v128.shuffle<f32>(odd, even, 2, 3, 6, 7));
      store<u32>(to, <u32>grey(sums));
      to += 4;
    }
    for (; x < width; x++, weight += acrossBytes) {
      const sum = weighed(line, load<u32>(across + (<usize>x << 2)), weight, acrossTaps);
      const total =
        f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
      store<u8>(to, <u8>grey(f32x4.splat(total)));
      to++;
    }
  }
}

/** Weighs `taps` samples of a line from the nth on; four partial sums. */
// @ts-ignore: decorator
@inline
function weighed(line: usize, nth: u32, weights: usize, taps: u32): v128 {
  const from = line + (<usize>nth << 2);
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < <usize>taps << 2; at += 16)
    sum = f32x4.add(sum, f32x4.mul(v128.load(from + at), v128.load(weights + at)));
  return sum;
}

/** Four sums as bytes, the first in the lowest bits. */
// @ts-ignore: decorator
@inline
function grey(sums: v128): u32 {
  const whole = i32x4.trunc_sat_f32x4_s(f32x4.add(clampedFour(sums), f32x4.splat(0.5)));
  const narrow = i16x8.narrow_i32x4_s(whole, whole);
  return <u32>i32x4.extract_lane(i8x16.narrow_i16x8_u(narrow, narrow), 0);
}
