// AssemblyScript. `npm run kernel -w inference/model` compiles it to src/baseline-jpeg/jpeg-kernel-wasm.ts, which is kept in
// the repository so that nobody else needs the compiler.
//
// Bit reading, scaled inverse transform and resampling of grey baseline JPEGs. Tables have places of their own, whose addresses
// are then part of the instructions; of all else whoever calls hands in the addresses, from FREE on.
//
// Bits are taken from the highest address down: coded pixels lie in memory turned round (takeCoded), so that all of them are one
// number of which the next bit is the highest. Where the reading is (`at`) is told by the lowest bit, counted from address 0,
// of the look that comes next.
//
// Places in a block are counted in units of 32, from 65 for the mean to 128 for the last, so that where a look leads is added
// as it stands, and one bit says that it leads out of the block. In front of a block the place is 0.
//
// What a look tells, the same in PAIRS and COUNTS: bits 0…4 how many bits it uses up, 0 when it takes more care than a look (the
// code or the value is longer, or there is none); 5…13 how far that leads, with END_OF_BLOCK in it, or BEHIND; 20…31 by how much
// a mean differs from the one before. A look at two values has 64 bits: 14…18 how far the first of them leads, 32…47 and 48…63
// the values.

/** Bits that a look begins with: with so many the tables stay in the processor's cache. */
const LOOK_BITS: u32 = 12;
const LOOKS: u32 = 1 << LOOK_BITS;
/** One place further. */
const STEP: u32 = 32;
/** Where the mean is. */
const MEAN: u32 = 65 * STEP;
/** Of a place: out of the block. The last place is so already: a block that is full does not say that it ends. */
const BEHIND: u32 = 128 * STEP;
/** Added to a place: the rest of the block is zeros. */
const END_OF_BLOCK: u32 = 2 * BEHIND;
/** Bits that tell how far a look leads. */
const LED: u32 = 2 * END_OF_BLOCK - STEP;
/** Second bytes of markers (ITU-T T.81, table B.1). */
const END_OF_IMAGE: u32 = 0xd9;
const FIRST_RESTART: u32 = 0xd0;
/** 8 KiB, some hundred blocks: with less the two ways may not meet before the end. */
const LEAST_BITS_FOR_TWO: usize = 65_536;
/** A second way that comes upon so many codes that are none reads no radiograph: the first goes on alone. */
const MOST_NONSENSE: u32 = 100;
/** What is found of so many blocks has room beside that of those that there are: one before the first, two behind the last. */
const SPARE_BLOCKS: u32 = 4;

/** Looks at one value of what differs within a block, behind them of means: 4096 × i32 each, as huffman-table.ts writes them. */
export const SINGLE: usize = memory.data(8 << LOOK_BITS, 16);
/** Ends (17 × i32), offsets (17 × i32) and symbols (256 × u8) of the same. */
export const CODES: usize = memory.data(784, 16);
const CODES_BYTES: usize = 392;
/** Looks at two values, 4096 × u64: of what differs within a block, behind them such as begin with a mean. */
const PAIRS: usize = memory.data(16 << LOOK_BITS, 16);
/** Looks that only count, 4096 × u32, in the same order. */
const COUNTS: usize = memory.data(8 << LOOK_BITS, 16);
/** What a look would tell that takes care: one for each way. */
const TOLD: usize = memory.data(16, 16);
/** Weights of blocks of 2 × 2 samples: for each place up to the last 4 × f32, then as many that are not used. */
const WEIGHTS: usize = memory.data(4128, 16);
/** Of each place up to the last (u8) whether it weighs anything anywhere: 1, or 0 and it is passed over. The mean's is 0. */
export const COUNTED: usize = memory.data(129, 16);
/**
 * Places of a block's values, counted from 0 for the mean, and the values, the mean first: i32 and f32 for 64, one of a
 * block's end and two that are written ahead.
 */
const PLACES: usize = memory.data(288, 16);
const VALUES: usize = memory.data(288, 16);
/** How far behind a table's beginning looks begin that begin with a mean. */
const MEANS_OF_PAIRS: usize = 8 << LOOK_BITS;
const MEANS_OF_COUNTS: usize = 4 << LOOK_BITS;
/** The first address that is free. */
export const FREE: usize = __heap_base;

/** Makes the other looks of those at one value. */
export function writeLooks(): void {
  const means = SINGLE + (4 << LOOK_BITS);
  for (let look: u32 = 0; look < LOOKS; look++) {
    store<u64>(PAIRS + (<usize>look << 3), lookAtTwo(load<u32>(SINGLE + (<usize>look << 2)), look, false));
    store<u64>(PAIRS + (<usize>(look + LOOKS) << 3), lookAtTwo(load<u32>(means + (<usize>look << 2)), look, true));
    store<u32>(COUNTS + (<usize>look << 2), countingLook(0, look, false));
    store<u32>(COUNTS + (<usize>(look + LOOKS) << 2), countingLook(load<u32>(means + (<usize>look << 2)), look, true));
  }
}

/** @param one what the look at one value tells, a mean or not */
function lookAtTwo(one: u32, look: u32, isMean: bool): u64 {
  if (one == 0 || sizeBehind(one) != 0) return <u64>BEHIND;
  const used = one & 31;
  const led = isMean ? MEAN : distanceOf(one);
  const entry = isMean ? <u64>((one >>> 16) << 20) : <u64>firstLed(led) | (<u64>(one >>> 16) << 32);
  if (led != END_OF_BLOCK) {
    const two = load<u32>(SINGLE + (<usize>((look << used) & (LOOKS - 1)) << 2));
    const usedInAll = used + (two & 31);
    // the bits that follow the look are not known: a code may only be taken for one when all of it is within
    if (two != 0 && sizeBehind(two) == 0 && usedInAll <= LOOK_BITS)
      return entry | usedInAll | (led + distanceOf(two)) | (<u64>(two >>> 16) << 48);
  }
  return entry | used | led;
}

/**
 * A look at as many values as begin within it, for whoever needs none of them but the mean: the code of each is within, the
 * bits of the last one's value need not be. It uses up 22 bits at most.
 * @param one what the look at one value tells of a mean, if it is one
 */
function countingLook(one: u32, look: u32, isMean: bool): u32 {
  if (isMean && (one == 0 || sizeBehind(one) != 0)) return BEHIND;
  let used = one & 31;
  let led: u32 = 0;
  while (used < LOOK_BITS && led < 63 * STEP) {
    const next = load<u32>(SINGLE + (<usize>((look << used) & (LOOKS - 1)) << 2));
    if (next == 0) break;
    const sizeWithin = 32 - <u32>clz(abs(<i32>next >> 16));
    // what was shifted in may stand for bits of a value, whatever they are, but for none of a code
    if (used + (next & 31) - (sizeBehind(next) == 0 ? sizeWithin : 0) > LOOK_BITS) break;
    used += (next & 31) + sizeBehind(next);
    led += distanceOf(next);
  }
  return used == 0 ? BEHIND : ((one >>> 16) << 20) | used | (isMean ? MEAN + led : led);
}

@inline
function distanceOf(found: u32): u32 {
  const run = (found >>> 5) & 127;
  return run == 64 ? END_OF_BLOCK : (run + 1) * STEP;
}

/** Of a value that is not within the look: how many bits it has. */
@inline
function sizeBehind(found: u32): u32 {
  return (found >>> 12) & 15;
}

/** How far the first of two values leads, as a look at two has it. */
@inline
function firstLed(distance: u32): u32 {
  // of the block's end nothing is left: the place stays, where nothing is added
  return (distance << 9) & (31 << 14);
}

/**
 * One value, as a look at two tells it of the first, of bits that a look does not tell.
 * @param to address for it
 * @returns the place that it leads to; BEHIND in it when there is no value, or it leads out of the block
 */
function lookCarefully(at: usize, place: u32, to: usize): u32 {
  // 57 bits from the next one on, the next one highest
  const from = at + LOOK_BITS;
  const ahead = load<u64>(((from + 7) >>> 3) - 8) << ((0 - <u64>from) & 7);
  const isMean = place == 0;
  const found = codeAhead(isMean ? CODES + CODES_BYTES : CODES, <u32>(ahead >>> 48));
  if (found == 0) return BEHIND;
  const size = sizeBehind(found);
  const used = found & 31;
  const value = signedValue(ahead << used, size);
  if (isMean) {
    store<u64>(to, <u64>((used + size) | (<u32>value << 20)));
    return MEAN;
  }
  const led = distanceOf(found);
  store<u64>(to, <u64>((used + size) | firstLed(led)) | (<u64>(<u32>value & 0xffff) << 32));
  return place + led == BEHIND ? END_OF_BLOCK : place + led;
}

/** Address of the look that comes next in tables of 1 << `size` bytes a look. @param means where looks begin that begin with a mean */
@inline
function lookAddress(tables: usize, at: usize, means: usize, size: usize): usize {
  return tables + means + (<usize>((load<u32>(at >>> 3) >>> (<u32>at & 7)) & (LOOKS - 1)) << size);
}

/** How far the first of two values leads. */
@inline
function firstDistance(told: u32): u32 {
  return (told >>> 9) & (31 * STEP);
}

/** The mean of the block before, in units of its quantisation: what a stretch of blocks begins with and leaves behind. */
let mean: i32 = 0;

/**
 * Decodes `blocks` blocks of one stretch between two restarts.
 * @param begin, end bits counted from address 0: the one above the stretch's first, and its last; 264 bytes below that must be
 *   readable
 * @param firstBlock number of its first block in the image
 * @param across blocks a row
 * @param planes address of `planeCount` times: samples a block has each way, address of its weights for 64 places, address
 *   of its samples, samples a row (all i32)
 * @param ways address of room for two ways at once; see {@link decodeTwoWays}
 * @returns 1, or 0 when the stretch is damaged: a code that is none, too many values, too few bits or too many
 */
export function decodeStretch(
  begin: usize, end: usize, firstBlock: u32, blocks: u32, across: u32, planes: usize, planeCount: u32, ways: usize,
): u32 {
  mean = 0;
  let at = begin - LOOK_BITS;
  const last = end - LOOK_BITS;
  // a network needs few samples of a radiograph, and no others beside
  const samples = planeCount == 1 && at - last >= LEAST_BITS_FOR_TWO ? load<u32>(planes) : 0;
  if (samples == 1) at = decodeTwoWays<i32>(at, last, firstBlock, blocks, across, planes, ways);
  else if (samples == 2) at = decodeTwoWays<f32>(at, last, firstBlock, blocks, across, planes, ways);
  else at = decodeBlocks(at, last, firstBlock, blocks, across, planes, planeCount);
  // a byte that no block has touched: pixels are left over
  return at != 0 && at - last < 8 ? 1 : 0;
}

/** @returns where the reading is behind the last block; 0 when one is damaged */
function decodeBlocks(
  at: usize, last: usize, firstBlock: u32, blocks: u32, across: u32, planes: usize, planeCount: u32,
): usize {
  let left = firstBlock % across;
  let top = firstBlock / across;
  store<u32>(PLACES, 0);
  for (let block: u32 = 0; block < blocks; block++) {
    let count: usize = 4;
    let place: u32 = 0;
    let means = MEANS_OF_PAIRS;
    do {
      let look = lookAddress(PAIRS, at, means, 3);
      let next = place + (load<u32>(look) & LED);
      if (next & BEHIND) {
        look = TOLD;
        next = lookCarefully(at, place, look);
        if (next & BEHIND) return 0;
      }
      const told = load<u32>(look);
      at -= <usize>told & 31;
      mean += <i32>told >> 20;
      const first = (place + firstDistance(told)) / STEP;
      const second = (next & (END_OF_BLOCK - 1)) / STEP;
      store<u32>(count, first - MEAN / STEP, PLACES);
      store<f32>(count, <f32>load<i16>(look, 4), VALUES);
      count += <usize>load<u8>(first, COUNTED) << 2;
      store<u32>(count, second - MEAN / STEP, PLACES);
      store<f32>(count, <f32>load<i16>(look, 6), VALUES);
      // the same place again when there was no second
      count += <usize>(load<u8>(second, COUNTED) & u8(second != first)) << 2;
      place = next;
      means = 0;
    } while (place < END_OF_BLOCK);
    if (at < last) return 0;
    store<f32>(VALUES, <f32>mean);
    let plane = planes;
    for (let index: u32 = 0; index < planeCount; index++, plane += 16) putBlock(plane, left, top, count);
    if (++left == across) {
      left = 0;
      top++;
    }
  }
  return at;
}

/** Bytes of what is found of a block: where there are 2 × 2 samples four sums of all but the mean, the mean, where it begins. */
@inline
function foundBytes<Way>(): usize {
  return isFloat<Way>() ? 32 : 8;
}

@inline
function meanOf<Way>(found: usize): i32 {
  return isFloat<Way>() ? load<i32>(found, 16) : load<i32>(found);
}

@inline
function beginOf<Way>(found: usize): usize {
  return isFloat<Way>() ? load<u32>(found, 20) : load<u32>(found, 4);
}

/** Addresses behind what two ways have found of whole blocks. */
let foundEnd: usize = 0;
let foundEnd2: usize = 0;

/**
 * Decodes a stretch from its beginning and from its middle at once. Each look depends on the one before it, so with one way
 * alone the processor waits for most of the time, and where it guesses at every block's end it guesses wrong. Where blocks
 * begin in the middle is not known: the second way takes one to begin there, reads nonsense, and is right from the first
 * beginning on that the first way comes to as well, for codes of varying lengths fall into step after some dozens of values
 * (S. T. Klein and Y. Wiseman, Parallel Huffman Decoding with Applications to JPEG Files, The Computer Journal 46, 2003). What it
 * found before is thrown away, so whatever the file is, the outcome is that of the first way alone.
 * @typeParam Way i32 where blocks become one sample, f32 for 2 × 2
 * @param plane its description, as of {@link decodeStretch}
 * @param ways address of twice what is found of `blocks + SPARE_BLOCKS` blocks, see {@link foundBytes}
 * @returns as {@link decodeBlocks}
 */
function decodeTwoWays<Way>(
  at: usize, last: usize, firstBlock: u32, blocks: u32, across: u32, plane: usize, ways: usize,
): usize {
  const size = foundBytes<Way>();
  const begin2 = ways + <usize>(blocks + SPARE_BLOCKS) * size;
  if (isFloat<Way>()) takeWeights(load<usize>(plane, 4));
  if (!readTwoWays<Way>(at, last, blocks, ways, begin2)) return 0;

  let block = <u32>((foundEnd - ways) / size);
  putFound<Way>(ways, foundEnd, 0, firstBlock, across, plane);
  at = beginOf<Way>(foundEnd);
  if (block != 0) mean = meanOf<Way>(foundEnd - size);
  // one by one to where the second way begins, and until they meet
  let met = begin2;
  for (;;) {
    while (met < foundEnd2 && beginOf<Way>(met) > at) met += size;
    if (met == foundEnd2 || beginOf<Way>(met) == at || block == blocks) break;
    at = decodeBlocks(at, last, firstBlock + block, 1, across, plane, 1);
    if (at == 0) return 0;
    block++;
  }
  if (met < foundEnd2) {
    const behind = mean - (met == begin2 ? 0 : meanOf<Way>(met - size));
    const count = <u32>((foundEnd2 - met) / size);
    // more than there should be, which the first way alone would see by the bits that are left over
    if (block + count > blocks) return 0;
    putFound<Way>(met, foundEnd2, behind, firstBlock + block, across, plane);
    block += count;
    at = beginOf<Way>(foundEnd2);
    mean = meanOf<Way>(foundEnd2 - size) + behind;
  }
  return decodeBlocks(at, last, firstBlock + block, blocks - block, across, plane, 1);
}

/**
 * Reads on from the beginning and from the middle until there is little left to read of one of the halves, or no room.
 * @param begin, begin2 where what is found by either is written, and where the block begins that comes next
 * @returns false when the first way comes upon damage
 */
function readTwoWays<Way>(at: usize, last: usize, blocks: u32, begin: usize, begin2: usize): bool {
  const size = foundBytes<Way>();
  const room = <usize>blocks * size;
  const middle = last + ((at - last) >>> 1);
  const tables = isFloat<Way>() ? PAIRS : COUNTS;
  const lookSize: usize = isFloat<Way>() ? 3 : 2;
  const behindMean = isFloat<Way>() ? MEANS_OF_PAIRS : MEANS_OF_COUNTS;
  let to = begin;
  let place: u32 = 0;
  let means = behindMean;
  let mean1: i32 = 0;
  let sum = f32x4.splat(0);
  putBegin<Way>(to, at);
  let at2 = middle;
  let to2 = begin2;
  let place2: u32 = 0;
  let means2 = means;
  let mean2: i32 = 0;
  let sum2 = sum;
  let nonsense: u32 = 0;
  putBegin<Way>(to2, at2);
  for (;;) {
    // a look uses up 27 bits at most and ends one block at most
    let steps = min<usize>(
      min<usize>(at - middle, at2 - last) >>> 5,
      min<usize>(begin + room - to, begin2 + room - to2) / size,
    );
    if (steps == 0) break;
    for (; steps != 0; steps--) {
      let look = lookAddress(tables, at, means, lookSize);
      let look2 = lookAddress(tables, at2, means2, lookSize);
      let told = load<u32>(look);
      let told2 = load<u32>(look2);
      let next = place + (told & LED);
      let next2 = place2 + (told2 & LED);
      let atNext = at - (<usize>told & 31);
      let atNext2 = at2 - (<usize>told2 & 31);
      if ((next | next2) & BEHIND) {
        if (next & BEHIND) {
          look = TOLD;
          next = lookCarefully(at, place, look);
          if (next & BEHIND) return false;
          told = load<u32>(look);
          atNext = at - (<usize>told & 31);
        }
        if (next2 & BEHIND) {
          look2 = TOLD + 8;
          next2 = lookCarefully(at2, place2, look2);
          told2 = load<u32>(look2);
          atNext2 = at2 - (<usize>told2 & 31);
          if (next2 & BEHIND) {
            // nonsense, or damage, which the first way comes upon where it matters: once more from the next bit on
            if (++nonsense > MOST_NONSENSE) {
              foundEnd = to;
              foundEnd2 = begin2;
              return true;
            }
            atNext2 = at2 - 1;
            next2 = END_OF_BLOCK;
            told2 = 0;
            mean2 = 0;
            // a block ends here, so that what comes next is the first
            to2 = begin2 - size;
          }
        }
      }
      at = atNext;
      at2 = atNext2;
      mean1 += <i32>told >> 20;
      mean2 += <i32>told2 >> 20;
      // until the block ends all of this is written again at every look
      if (isFloat<Way>()) {
        sum = weighedTwo(sum, look, place + firstDistance(told), next);
        sum2 = weighedTwo(sum2, look2, place2 + firstDistance(told2), next2);
        v128.store(to, sum);
        v128.store(to2, sum2);
      }
      putMean<Way>(to, mean1);
      putMean<Way>(to2, mean2);
      putBegin<Way>(to + size, at);
      putBegin<Way>(to2 + size, at2);
      const end = next / END_OF_BLOCK;
      const end2 = next2 / END_OF_BLOCK;
      to += <usize>end * size;
      to2 += <usize>end2 * size;
      means = behindMean * <usize>end;
      means2 = behindMean * <usize>end2;
      place = next & (end - 1);
      place2 = next2 & (end2 - 1);
      if (isFloat<Way>()) {
        sum = v128.and(sum, i32x4.splat(<i32>end - 1));
        sum2 = v128.and(sum2, i32x4.splat(<i32>end2 - 1));
      }
    }
  }
  foundEnd = to;
  foundEnd2 = to2;
  return true;
}

@inline
function putMean<Way>(to: usize, mean: i32): void {
  if (isFloat<Way>()) store<i32>(to, mean, 16);
  else store<i32>(to, mean);
}

@inline
function putBegin<Way>(to: usize, at: usize): void {
  if (isFloat<Way>()) store<u32>(to, <u32>at, 20);
  else store<u32>(to, <u32>at, 4);
}

/** Puts weights of a plane where two ways find them. */
function takeWeights(from: usize): void {
  for (let place = <usize>MEAN; place <= BEHIND; place += STEP, from += 16) v128.store(place, v128.load(from), WEIGHTS);
}

/** Adds what two values add to four samples. */
@inline
function weighedTwo(sum: v128, look: usize, first: u32, next: u32): v128 {
  const values = f32x4.convert_i32x4_s(v128.load16x4_s(look));
  const one = f32x4.mul(v128.load(first, WEIGHTS), v128.shuffle<f32>(values, values, 2, 2, 2, 2));
  const two = f32x4.mul(
    v128.load(next & (END_OF_BLOCK - 1), WEIGHTS),
    v128.shuffle<f32>(values, values, 3, 3, 3, 3),
  );
  return f32x4.add(f32x4.add(sum, one), two);
}

/** Puts blocks where they belong whose means are `behind` more than was found. */
function putFound<Way>(from: usize, end: usize, behind: i32, firstBlock: u32, across: u32, plane: usize): void {
  const weight = load<f32>(load<usize>(plane, 4));
  const stride = load<usize>(plane, 12) << 2;
  const samples: usize = isFloat<Way>() ? 2 : 1;
  let left = <usize>(firstBlock % across);
  let row = load<usize>(plane, 8) + <usize>(firstBlock / across) * stride * samples;
  for (; from != end; left = 0, row += stride * samples) {
    const endOfRow = min<usize>(end, from + (<usize>across - left) * foundBytes<Way>());
    let to = row + ((left * samples) << 2);
    if (!isFloat<Way>()) {
      for (; from + 4 * foundBytes<Way>() <= endOfRow; from += 4 * foundBytes<Way>(), to += 16) {
        const four = v128.shuffle<i32>(v128.load(from), v128.load(from, 16), 0, 2, 4, 6);
        const values = f32x4.convert_i32x4_s(i32x4.add(four, i32x4.splat(behind)));
        v128.store(to, clampedFour(f32x4.add(f32x4.splat(128), f32x4.mul(values, f32x4.splat(weight)))));
      }
    }
    for (; from != endOfRow; from += foundBytes<Way>(), to += samples << 2) {
      const level = <f32>128 + <f32>(meanOf<Way>(from) + behind) * weight;
      if (isFloat<Way>()) putFour(to, stride, f32x4.add(f32x4.splat(level), v128.load(from)));
      else store<f32>(to, clamped(level));
    }
  }
}

/**
 * Copies coded pixels without the zeros that only mark a 0xff as one of them, and turned round, the first byte last: so the
 * processor reads what comes first as the highest.
 * @param end behind the file's last byte; up to 16 bytes behind it are read
 * @param to address behind the first byte's; as many in front of the last one are written
 * @param ends address of room for `stretches` × i32: where each stretch between two restarts ends, in bytes
 * @param stretches how many there are to be
 * @returns 1; 0 when there are more or fewer, when restarts are not numbered in order, or when another marker than the
 *   image's end is met, or none. What follows the end is not looked at.
 */
export function takeCoded(from: usize, end: usize, to: usize, ends: usize, stretches: u32): u32 {
  const begin = to;
  let found: u32 = 0;
  while (from < end) {
    const bytes = v128.load(from);
    v128.store(to - 16, i8x16.shuffle(bytes, bytes, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
    const marks = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(-1)));
    if (marks == 0) {
      from += 16;
      to -= 16;
      continue;
    }
    const before = ctz(marks);
    from += before + 2;
    to -= before;
    if (from > end) return 0;
    const mark = <u32>load<u8>(from - 1);
    if (mark == 0) {
      to--;
      continue;
    }
    if (found == stretches) return 0;
    store<i32>(ends + (<usize>found << 2), <i32>(begin - to));
    if (mark == END_OF_IMAGE) return <u32>(found + 1 == stretches);
    if (mark != FIRST_RESTART + (found & 7)) return 0;
    found++;
  }
  return 0;
}

/** The number in the first `size` bits (ITU-T T.81, F.2.2.1); 0 of none. */
@inline
function signedValue(bits: u64, size: u32): i32 {
  const value = <i32>((bits >>> 1) >>> (63 - size));
  return value - (((value >> (size - 1)) - 1) & ((1 << size) - 1));
}

/**
 * What the looks at one value would hold of a code, were its value behind it; 0 when it is none.
 * @param ends address of ends, offsets and symbols
 */
function codeAhead(ends: usize, bits: u32): u32 {
  for (let length: u32 = 1; length <= 16; length++) {
    if (bits >= load<u32>(ends + (<usize>length << 2))) continue;
    const index = (bits >>> (16 - length)) + load<i32>(ends + 68 + (<usize>length << 2));
    const symbol = <u32>load<u8>(ends + 136 + <usize>(index & 255));
    const size = symbol & 15;
    const run = symbol >>> 4;
    return length | ((size == 0 && run != 15 ? 64 : run) << 5) | (size << 12);
  }
  return 0;
}

/** @param count four times the number of values that count */
function putBlock(plane: usize, left: u32, top: u32, count: usize): void {
  const samples = load<u32>(plane, 0);
  const weights = load<usize>(plane, 4);
  const stride = load<u32>(plane, 12) << 2;
  let to = load<usize>(plane, 8) + top * samples * stride + ((left * samples) << 2);
  if (samples == 1) {
    store<f32>(to, clamped(<f32>128 + load<f32>(VALUES) * load<f32>(weights)));
    return;
  }
  if (samples == 2) {
    // the mean comes last, as with two ways: their outcomes are the same to the last bit
    let sum = f32x4.splat(0);
    for (let nth: usize = 4; nth < count; nth += 4) {
      const value = v128.load32_splat(nth, VALUES);
      sum = f32x4.add(sum, f32x4.mul(v128.load(weights + (<usize>load<u32>(nth, PLACES) << 4)), value));
    }
    const level = <f32>128 + load<f32>(VALUES) * load<f32>(weights);
    putFour(to, stride, f32x4.add(f32x4.splat(level), sum));
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
    for (let nth: usize = 0; nth < count; nth += 4) {
      const value = v128.load32_splat(nth, VALUES);
      const row = weights + (<usize>load<u32>(nth, PLACES) << shift) + (step << 6);
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

/** A block of 2 × 2 samples. */
@inline
function putFour(to: usize, stride: usize, samples: v128): void {
  const four = clampedFour(samples);
  v128.store64_lane(to, four, 0);
  v128.store64_lane(to + stride, four, 1);
}

@inline
function clampedFour(values: v128): v128 {
  return f32x4.pmax(f32x4.pmin(values, f32x4.splat(255)), f32x4.splat(0));
}

@inline
function clamped(value: f32): f32 {
  const below = value < 255 ? value : <f32>255;
  return below > 0 ? below : 0;
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
@inline
function weighed(line: usize, nth: u32, weights: usize, taps: u32): v128 {
  const from = line + (<usize>nth << 2);
  let sum = f32x4.splat(0);
  for (let at: usize = 0; at < <usize>taps << 2; at += 16)
    sum = f32x4.add(sum, f32x4.mul(v128.load(from + at), v128.load(weights + at)));
  return sum;
}

/** Four sums as bytes, the first in the lowest bits. */
@inline
function grey(sums: v128): u32 {
  const whole = i32x4.trunc_sat_f32x4_s(f32x4.add(clampedFour(sums), f32x4.splat(0.5)));
  const narrow = i16x8.narrow_i32x4_s(whole, whole);
  return <u32>i32x4.extract_lane(i8x16.narrow_i16x8_u(narrow, narrow), 0);
}
