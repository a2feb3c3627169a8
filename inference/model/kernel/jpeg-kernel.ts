// AssemblyScript. `npm run kernel -w inference/model` compiles it to src/baseline-jpeg/jpeg-kernel-wasm.ts, which is kept in
// the repository so that nobody else needs the compiler.
//
// Bit reading, scaled inverse transform and resampling of grey baseline JPEGs. Tables have places of their own, whose addresses
// are then part of the instructions; of all else whoever calls hands in the addresses, from FREE on.
//
// Bits are taken from the highest address down: coded pixels lie in memory turned round (takeCoded), so that all of them are one
// number of which the next bit is the highest. Where the reading is (`at`) is told by the bit above the next one, counted from
// address 0.
//
// Places in a block are counted in units of 64, from 1 for the mean to 64 for the last, so that where a look leads is added
// as it stands, and one bit says that it leads out of the block. In front of a block the place is 0.
//
// What a look tells, the same in PAIRS and COUNTS: bits 0…5 how many bits it uses up, 0 when it takes more care than a look (the
// code or the value is longer, or there is none); 6…12 and 15 how far that leads, with END_OF_BLOCK in it, or BEHIND. Behind
// them a look that counts has in 16…31 by how much a mean differs from the one before; a look at two values has 64 bits, in
// 16…31 how far the first of them leads, in 32…47 and 48…63 the values, of which a mean's difference is one.
//
// What becomes of a block of few samples are so many numbers, each what one wave adds as those samples see it: waves that look
// the same there add to the same number (baseline-jpeg/waves.ts). They are whole, so they add up to the same in any order.
//
// Samples are kept as 16-bit numbers, 64 to a grey level, and two rows of them in one: what is above and what is below stand side
// by side, a pair in four bytes. So one instruction weighs both while an image is resized.

/** Bits that a look begins with: with so many the tables stay in the processor's cache. */
const LOOK_BITS: u32 = 12;
const LOOKS: u32 = 1 << LOOK_BITS;
/** A look uses up so many bits at most: 12, and a value of 10, which is the longest in 8-bit images. */
const MOST_LOOK_BITS: u32 = 22;
/** One place further. The mean is there, seen from in front of the block. */
const STEP: u32 = 64;
/** Of a place: out of the block. The last place is so already: a block that is full does not say that it ends. */
const BEHIND: u32 = 64 * STEP;
/** Added to a place: the rest of the block is zeros. */
const END_OF_BLOCK: u32 = 1 << 15;
/** Bits that tell how far a look leads. */
const LED: u32 = END_OF_BLOCK + 2 * BEHIND - STEP;
/** Of a grey level; what is left out of a sample is not seen in the pixels. */
const SAMPLE_UNITS: f32 = 64;
const MIDDLE: f32 = 128 * SAMPLE_UNITS;
const LARGEST: f32 = 255 * SAMPLE_UNITS;
/** Added to a small number it leaves that, rounded, in the lowest bits: 32-bit floating point has no others left there. */
const ROUNDING: f32 = 8_388_608;
/** Of weights that samples are resized by: 1 << 14 are one. */
const WEIGHT_BITS: i32 = 14;
/** A line keeps the samples' units; behind the second weighing both are taken off. */
const PIXEL_BITS: i32 = WEIGHT_BITS + 6;
/** tan(π/8) */
const TAN_OF_EIGHTH: f32 = 0.41421356;
/** Second bytes of markers (ITU-T T.81, table B.1). */
const END_OF_IMAGE: u32 = 0xd9;
const FIRST_RESTART: u32 = 0xd0;
/** 8 KiB, some hundred blocks: with less two ways may not meet before the end. */
const LEAST_BITS_FOR_TWO: usize = 65_536;
/** 32 KiB: with less a third way does not save what it costs to let it meet the second. */
const LEAST_BITS_FOR_THREE: usize = 262_144;
const MOST_WAYS: i32 = 3;
/** Ways that come upon so many codes that are none read no radiograph: the first goes on alone. */
const MOST_NONSENSE: u32 = 100;
/** What is found of so many blocks has room behind that of those that there are: one that has begun, and one told of ahead. */
const SPARE_BLOCKS: u32 = 2;

/** Looks at one value of what differs within a block, behind them of means: 4096 × i32 each, as huffman-table.ts writes them. */
export const SINGLE: usize = memory.data(8 << LOOK_BITS, 16);
/** Ends (17 × i32), offsets (17 × i32) and symbols (256 × u8) of the same. */
export const CODES: usize = memory.data(784, 16);
const CODES_BYTES: usize = 392;
/** Looks at two values, 4096 × u64: of what differs within a block, behind them such as begin with a mean. */
const PAIRS: usize = memory.data(16 << LOOK_BITS, 16);
/** Looks that only count, 4096 × u32, in the same order. */
const COUNTS: usize = memory.data(12 << LOOK_BITS, 16);
/** What a look would tell that takes care. */
const TOLD: usize = memory.data(8, 16);
/**
 * For each place up to the last, 64 bytes each, what a unit of its value adds to a block's numbers: 4 × i16 for the numbers of
 * 2 × 2 samples; i32 for one of those of 4 × 4 samples, and u32 how many bytes behind the first that one is.
 */
export const WEIGHTS: usize = memory.data(65 * 64, 64);
const SIXTEEN_WEIGHT: usize = WEIGHTS + 8;
const SIXTEEN_NUMBER: usize = WEIGHTS + 12;
/** 3 × f32: how much a unit of a mean is of a sample, of the other numbers of 2 × 2 samples, of those of 4 × 4. */
export const UNITS: usize = memory.data(16, 16);
/** 16 × i32: numbers of a block that is read by itself. */
const NUMBERS: usize = memory.data(64, 16);
/** Of each place up to the last (u8) whether it weighs anything anywhere: 1, or 0 and it is passed over. The mean's is 0. */
export const COUNTED: usize = memory.data(65, 16);
/**
 * Places of a block's values, counted from 0 for the mean, and the values, the mean first: i32 and f32 for 64, one of a
 * block's end and two that are written ahead.
 */
const PLACES: usize = memory.data(288, 16);
const VALUES: usize = memory.data(288, 16);
/** How far behind a table's beginning looks are that begin with a mean: as far as END_OF_BLOCK says, so that it is added as it is. */
const MEANS: u32 = END_OF_BLOCK;
/** The first address that is free. */
export const FREE: usize = __heap_base;

/** Makes the other looks of those at one value. */
export function writeLooks(): void {
  const means = SINGLE + (4 << LOOK_BITS);
  for (let look: u32 = 0; look < LOOKS; look++) {
    store<u64>(PAIRS + (<usize>look << 3), lookAtTwo(load<u32>(SINGLE + (<usize>look << 2)), look, false));
    store<u64>(PAIRS + MEANS + (<usize>look << 3), lookAtTwo(load<u32>(means + (<usize>look << 2)), look, true));
    store<u32>(COUNTS + (<usize>look << 2), countingLook(0, look, false));
    store<u32>(COUNTS + MEANS + (<usize>look << 2), countingLook(load<u32>(means + (<usize>look << 2)), look, true));
  }
}

/** @param one what the look at one value tells, a mean or not */
function lookAtTwo(one: u32, look: u32, isMean: bool): u64 {
  if (one == 0 || sizeBehind(one) != 0) return <u64>BEHIND;
  const used = one & 31;
  const led = isMean ? STEP : distanceOf(one);
  const entry = <u64>firstLed(led) | (<u64>(one >>> 16) << 32);
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
 * bits of the last one's value need not be.
 * @param one what the look at one value tells of a mean, if it is one
 */
function countingLook(one: u32, look: u32, isMean: bool): u32 {
  if (isMean && (one == 0 || sizeBehind(one) != 0)) return BEHIND;
  let used = one & 31;
  let led: u32 = 0;
  while (used < LOOK_BITS && led < 63 * STEP) {
    const next = load<u32>(SINGLE + (<usize>((look << used) & (LOOKS - 1)) << 2));
    // further than a block is long would be taken for its end
    if (next == 0 || ((led + distanceOf(next)) & (END_OF_BLOCK - 1)) >= BEHIND) break;
    const sizeWithin = 32 - <u32>clz(abs(<i32>next >> 16));
    // what was shifted in may stand for bits of a value, whatever they are, but for none of a code
    if (used + (next & 31) - (sizeBehind(next) == 0 ? sizeWithin : 0) > LOOK_BITS) break;
    if (used + (next & 31) + sizeBehind(next) > MOST_LOOK_BITS) break;
    used += (next & 31) + sizeBehind(next);
    led += distanceOf(next);
  }
  return used == 0 ? BEHIND : ((one >>> 16) << 16) | used | (isMean ? STEP + led : led);
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
  return (distance & (END_OF_BLOCK - 1)) << 16;
}

/**
 * One value, as a look at two tells it of the first, of bits that a look does not tell.
 * @param to address for it
 * @returns the place that it leads to; BEHIND in it when there is no value, or it leads out of the block
 */
function lookCarefully(at: usize, place: u32, to: usize): u32 {
  const ahead = bitsAhead(at);
  const isMean = place == 0;
  const found = codeAhead(isMean ? CODES + CODES_BYTES : CODES, <u32>(ahead >>> 48));
  if (found == 0) return BEHIND;
  const size = sizeBehind(found);
  const used = found & 31;
  const value = signedValue(ahead << used, size);
  const led = isMean ? STEP : distanceOf(found);
  const told = (used + size) | firstLed(led);
  store<u64>(to, <u64>told | (<u64>(<u32>value & 0xffff) << 32));
  return place + led == BEHIND ? END_OF_BLOCK : place + led;
}

/** 57 bits from the next one on, the next one highest; what follows them is of no use. */
@inline
function bitsAhead(at: usize): u64 {
  return load<u64>(((at + 7) >>> 3) - 8) << ((0 - <u64>at) & 7);
}

/** Address of the look that comes next in tables of 1 << `size` bytes a look. @param means where looks begin that begin with a mean */
@inline
function lookAddress(tables: usize, ahead: u64, means: usize, size: usize): usize {
  return tables + means + (<usize>(ahead >>> (64 - LOOK_BITS)) << size);
}

/** How far the first of two values leads. */
@inline
function firstDistance(told: u32): u32 {
  return told >>> 16;
}

/** The mean of the block before, in units of its quantisation: what a stretch of blocks begins with and leaves behind. */
let mean: i32 = 0;

/**
 * Decodes `blocks` blocks of one stretch between two restarts.
 * @param begin, end bits counted from address 0: the one above the stretch's first, and its last; 264 bytes below that must be
 *   readable
 * @param firstBlock number of its first block in the image
 * @param across blocks a row
 * @param planes address of `planeCount` times: samples a block has each way, address of weights for 64 places, which only 8
 *   samples have, address of its samples, samples a row, a multiple of 4 (all i32)
 * @param ways address of room for several ways at once; see {@link decodeWays}
 * @returns 1, or 0 when the stretch is damaged: a code that is none, too many values, too few bits or too many
 */
export function decodeStretch(
  begin: usize, end: usize, firstBlock: u32, blocks: u32, across: u32, planes: usize, planeCount: u32, ways: usize,
): u32 {
  mean = 0;
  // a network needs few samples of a radiograph, and no others beside
  const samples = planeCount == 1 && begin - end >= LEAST_BITS_FOR_TWO ? load<u32>(planes) : 0;
  let at: usize;
  const manyWays: usize = begin - end >= LEAST_BITS_FOR_THREE ? MOST_WAYS : 2;
  if (samples == 1) at = decodeWays<i32>(begin, end, firstBlock, blocks, across, planes, ways, manyWays);
  else if (samples == 2) at = decodeWays<f32>(begin, end, firstBlock, blocks, across, planes, ways, manyWays);
  else if (samples == 4) at = decodeWays<f64>(begin, end, firstBlock, blocks, across, planes, ways, manyWays);
  else at = decodeBlocks(begin, end, firstBlock, blocks, across, planes, planeCount);
  // a byte that no block has touched: pixels are left over
  return at != 0 && at - end < 8 ? 1 : 0;
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
    let means: usize = MEANS;
    do {
      let look = lookAddress(PAIRS, bitsAhead(at), means, 3);
      let next = place + (load<u32>(look) & LED);
      if (next & BEHIND) {
        look = TOLD;
        next = lookCarefully(at, place, look);
        if (next & BEHIND) return 0;
      }
      const told = load<u32>(look);
      at -= <usize>told & 63;
      mean += means == 0 ? 0 : load<i16>(look, 4);
      const first = (place + firstDistance(told)) / STEP;
      const second = (next & (END_OF_BLOCK - 1)) / STEP;
      store<u32>(count, first - 1, PLACES);
      store<f32>(count, <f32>load<i16>(look, 4), VALUES);
      count += <usize>load<u8>(first, COUNTED) << 2;
      store<u32>(count, second - 1, PLACES);
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

@inline
function isOne<Way>(): bool {
  return !isFloat<Way>();
}

@inline
function isFour<Way>(): bool {
  return isFloat<Way>() && sizeof<Way>() == 8;
}

/**
 * Bytes of what is found of a block, its numbers and where it begins. With one sample and with 2 × 2 those of all blocks before
 * are added to them.
 */
@inline
function foundBytes<Way>(): usize {
  return isOne<Way>() ? 8 : isFour<Way>() ? 80 : 32;
}

/** How far behind its numbers it says where it begins. */
@inline
function beginBytes<Way>(): usize {
  return isOne<Way>() ? 4 : isFour<Way>() ? 64 : 16;
}

/** Bytes of what one way may find. */
@inline
function roomBytes<Way>(blocks: u32): usize {
  return <usize>(blocks + SPARE_BLOCKS) * foundBytes<Way>();
}

@inline
function beginOf<Way>(found: usize): usize {
  return load<u32>(found + beginBytes<Way>());
}

@inline
function putBegin<Way>(found: usize, at: usize): void {
  store<u32>(found + beginBytes<Way>(), <u32>at);
}

/**
 * Decodes a stretch from several places at once: its beginning and others as far from each other. Each look depends on the one
 * before it, so with one way alone the processor waits for most of the time, and where it guesses at every block's end it guesses
 * wrong. Where blocks begin further on is not known: a way takes one to begin where it starts, reads nonsense, and is right from
 * the first beginning on that the way before it comes to as well, for codes of varying lengths fall into step after some dozens of
 * values (S. T. Klein and Y. Wiseman, Parallel Huffman Decoding with Applications to JPEG Files, The Computer Journal 46, 2003). What
 * it found before is thrown away, so whatever the file is, the outcome is that of the first way alone.
 * @typeParam Way i32 where blocks become one sample, f32 for 2 × 2, f64 for 4 × 4
 * @param plane its description, as of {@link decodeStretch}
 * @param room address of what is found of `blocks + SPARE_BLOCKS` blocks, see {@link foundBytes}, for each of `ways`
 * @returns as {@link decodeBlocks}
 */
function decodeWays<Way>(
  at: usize, last: usize, firstBlock: u32, blocks: u32, across: u32, plane: usize, room: usize, ways: usize,
): usize {
  const size = foundBytes<Way>();
  if (!readWays<Way>(at, last, blocks, room, ways)) return 0;

  let end = load<usize>(WAYS, 8);
  let block = <u32>((end - room) / size);
  putFound<Way>(room, room, end, firstBlock, across, plane);
  at = beginOf<Way>(end);
  for (let way = WAYS + WAY_BYTES; way != WAYS + ways * WAY_BYTES; way += WAY_BYTES) {
    room += roomBytes<Way>(blocks);
    end = load<usize>(way, 8);
    // one by one to where the next way begins, and until they meet
    let met = room;
    for (;;) {
      while (met < end && beginOf<Way>(met) > at) met += size;
      if (met == end || beginOf<Way>(met) == at || block == blocks) break;
      at = decodeBlocks(at, last, firstBlock + block, 1, across, plane, 1);
      if (at == 0) return 0;
      block++;
    }
    if (met == end) continue;
    const count = <u32>((end - met) / size);
    // more than there should be, which the first way alone would see by the bits that are left over
    if (block + count > blocks) return 0;
    putFound<Way>(room, met, end, firstBlock + block, across, plane);
    block += count;
    at = beginOf<Way>(end);
  }
  return decodeBlocks(at, last, firstBlock + block, blocks - block, across, plane, 1);
}

/**
 * Of each way: where it is, its place as `next`, where it writes, its mean; 16 bytes further its other numbers, where it is to
 * stop, and where its room ends.
 */
const WAYS: usize = memory.data(MOST_WAYS * 64, 64);
const WAY_BYTES: usize = 64;
const WAY_NUMBERS: usize = 16;
const WAY_LAST: usize = 32;
const WAY_ROOM: usize = 36;

/** More bits than any step uses up, with care as well: a code of 16 and a value of 15. One with care may follow looks that take none. */
const MOST_STEP_BITS: usize = 32;
/** How many looks are taken of 57 bits that are read at once: two of the longest, and what the third begins with. */
const LOOKS_AHEAD: usize = 3;
/** For so many steps numbers of 4 × 4 samples are cleared ahead. */
const STEPS_CLEARED: usize = 32;

/**
 * Reads on from several places until there is little left to read for one of the ways, or no room.
 * @param room where what is found is written, way by way, and where the block begins that comes next
 * @returns false when the first way comes upon damage
 */
function readWays<Way>(at: usize, last: usize, blocks: u32, room: usize, ways: usize): bool {
  const share = (at - last) / ways;
  const size = foundBytes<Way>();
  const behind = WAYS + ways * WAY_BYTES;
  let nonsense: u32 = 0;
  for (let way = WAYS; way != behind; way += WAY_BYTES) {
    startWay<Way>(way, at, room);
    at -= share;
    store<usize>(way, way + WAY_BYTES == behind ? last : at, WAY_LAST);
    store<usize>(way, room + <usize>blocks * size, WAY_ROOM);
    room += roomBytes<Way>(blocks);
  }
  while (readQuickly<Way>(behind)) {
    for (let way = WAYS; way != behind; way += WAY_BYTES) {
      if (!takesCare<Way>(way) || readCarefully<Way>(way)) continue;
      if (way == WAYS) return false;
      // nonsense, or damage, which the way before comes upon where it matters: once more from the next bit on
      if (++nonsense > MOST_NONSENSE) return true;
      startWay<Way>(way, load<usize>(way) - 1, load<usize>(way, WAY_ROOM) - <usize>blocks * size);
    }
  }
  return true;
}

function startWay<Way>(way: usize, at: usize, to: usize): void {
  store<usize>(way, at);
  store<u32>(way, END_OF_BLOCK, 4);
  store<usize>(way, to, 8);
  store<i32>(way, 0, 12);
  v128.store(way, i32x4.splat(0), WAY_NUMBERS);
  if (isFour<Way>()) memory.fill(to, 0, foundBytes<Way>());
  putBegin<Way>(to, at);
}

@inline
function tablesOf<Way>(): usize {
  return isOne<Way>() ? COUNTS : PAIRS;
}

@inline
function lookSize<Way>(): usize {
  return isOne<Way>() ? 2 : 3;
}

/** @param next as of {@link readQuickly} */
@inline
function placeOf(next: u32): u32 {
  return next & (next / END_OF_BLOCK - 1);
}

/** Whether {@link readQuickly} has stopped for this way. */
@inline
function takesCare<Way>(way: usize): bool {
  const next = load<u32>(way, 4);
  const look = lookAddress(tablesOf<Way>(), bitsAhead(load<usize>(way)), next & MEANS, lookSize<Way>());
  return ((placeOf(next) + (load<u32>(look) & LED)) & BEHIND) != 0;
}

/** Takes one step of a way that a look does not tell. @returns false when there is no value, or it leads out of the block */
function readCarefully<Way>(way: usize): bool {
  const place = placeOf(load<u32>(way, 4));
  const next = lookCarefully(load<usize>(way), place, TOLD);
  if (next & BEHIND) return false;
  const told = load<u32>(TOLD);
  const at = load<usize>(way) - (<usize>told & 63);
  const to = load<usize>(way, 8);
  store<usize>(way, at);
  store<u32>(way, next, 4);
  store<usize>(way, to + wayBehind<Way>(next), 8);
  if (isFour<Way>()) {
    memory.fill(to + foundBytes<Way>(), 0, foundBytes<Way>());
    addTwo(to, TOLD, place + firstDistance(told), next);
  } else if (isFloat<Way>()) {
    const numbers = withTwo(v128.load(way, WAY_NUMBERS), TOLD, place + firstDistance(told), next);
    v128.store(way, numbers, WAY_NUMBERS);
    v128.store(to, numbers);
  } else {
    const mean = load<i32>(way, 12) + (place == 0 ? load<i16>(TOLD, 4) : 0);
    store<i32>(way, mean, 12);
    store<i32>(to, mean);
  }
  putBegin<Way>(to + foundBytes<Way>(), at);
  return true;
}

/** How far to go on in what is found: a block further where one ends. */
@inline
function wayBehind<Way>(next: u32): usize {
  return <usize>(next / END_OF_BLOCK) * foundBytes<Way>();
}

/**
 * Takes all ways on by turns for as long as looks tell all; the processor works at one's while it waits for the others'. What
 * takes care is not done here: with a call in between the processor's registers would not do. `next` is the place, or has
 * END_OF_BLOCK in it in front of a block.
 * @param behind address behind the last way
 * @returns whether one of the ways comes upon what takes more care; false when one has come to its end, or has no room
 */
function readQuickly<Way>(behind: usize): bool {
  const size = foundBytes<Way>();
  let isStopped = false;
  while (!isStopped) {
    let steps: usize = isFour<Way>() ? STEPS_CLEARED : usize.MAX_VALUE;
    for (let way = WAYS; way != behind; way += WAY_BYTES) {
      const bits = load<usize>(way) - load<usize>(way, WAY_LAST);
      const bytes = load<usize>(way, WAY_ROOM) - load<usize>(way, 8);
      // each look ends one block at most
      steps = min(steps, min(bits / (MOST_STEP_BITS * (LOOKS_AHEAD + 1)), bytes / (size * LOOKS_AHEAD)));
    }
    if (steps == 0) break;
    if (isFour<Way>())
      for (let way = WAYS; way != behind; way += WAY_BYTES) memory.fill(load<usize>(way, 8) + size, 0, steps * LOOKS_AHEAD * size);
    for (; steps != 0 && !isStopped; steps--) {
      // written out: a loop around them takes a tenth longer
      let left = lookAhead<Way>(WAYS) | lookAhead<Way>(WAYS + WAY_BYTES);
      if (behind == WAYS + MOST_WAYS * WAY_BYTES) left |= lookAhead<Way>(WAYS + 2 * WAY_BYTES);
      isStopped = left != 0;
    }
  }
  return isStopped;
}

/** {@link LOOKS_AHEAD} looks of one way. @returns how many of them are left where one takes more care, else 0 */
@inline
function lookAhead<Way>(way: usize): usize {
  const size = foundBytes<Way>();
  let at = load<usize>(way);
  let next = load<u32>(way, 4);
  let to = load<usize>(way, 8);
  let mean: i32 = 0;
  let numbers: v128;
  if (isOne<Way>()) mean = load<i32>(way, 12);
  else if (!isFour<Way>()) numbers = v128.load(way, WAY_NUMBERS);
  let ahead = bitsAhead(at);
  let left = LOOKS_AHEAD;
  for (; left != 0; left--) {
    const look = lookAddress(tablesOf<Way>(), ahead, next & MEANS, lookSize<Way>());
    const told = load<u32>(look);
    const place = placeOf(next);
    const led = place + (told & LED);
    if (led & BEHIND) break;
    next = led;
    // 64 bits are moved by the lowest six bits of a number
    ahead <<= <u64>told;
    at -= <usize>told & 63;
    // until the block ends all of this is written again at every look
    if (isFour<Way>()) addTwo(to, look, place + firstDistance(told), led);
    else if (isFloat<Way>()) {
      numbers = withTwo(numbers, look, place + firstDistance(told), led);
      v128.store(to, numbers);
    } else {
      mean += <i32>told >> 16;
      store<i32>(to, mean);
    }
    putBegin<Way>(to + size, at);
    to += wayBehind<Way>(led);
  }
  store<usize>(way, at);
  store<u32>(way, next, 4);
  store<usize>(way, to, 8);
  if (isOne<Way>()) store<i32>(way, mean, 12);
  else if (!isFour<Way>()) v128.store(way, numbers, WAY_NUMBERS);
  return left;
}

/**
 * 2 × 2 samples, pair by pair, of four numbers: the mean, by how much the left half is lighter than it, the upper half, and the
 * upper left with the lower right quarter.
 */
function fourSamples(numbers: v128): v128 {
  const units = f32x4.replace_lane(v128.load32_splat(UNITS, 4), 0, load<f32>(UNITS));
  const parts = f32x4.mul(f32x4.convert_i32x4_s(numbers), units);
  const across = f32x4.add(
    v128.shuffle<f32>(parts, parts, 0, 0, 2, 2),
    f32x4.mul(v128.shuffle<f32>(parts, parts, 1, 1, 3, 3), f32x4(1, -1, 1, -1)),
  );
  const down = f32x4.add(
    v128.shuffle<f32>(across, across, 0, 0, 1, 1),
    f32x4.mul(v128.shuffle<f32>(across, across, 2, 2, 3, 3), f32x4(1, -1, 1, -1)),
  );
  return f32x4.add(f32x4.splat(MIDDLE), down);
}

/**
 * Stores 4 × 4 samples of sixteen numbers: of each of four waves across those of the four waves down. Waves of four samples are
 * (1, 1, 1, 1), (1, t, -t, -1), (1, -1, -1, 1) and (t, -1, 1, -t) with t = tan(π/8).
 */
function putSixteen(to: usize, rowPairBytes: usize, numbers: usize, mean: i32): void {
  const unit = v128.load32_splat(UNITS, 8);
  const zero = f32x4.mul(f32x4.convert_i32x4_s(v128.load(numbers)), unit);
  const one = f32x4.mul(f32x4.convert_i32x4_s(v128.load(numbers, 16)), unit);
  const two = f32x4.mul(f32x4.convert_i32x4_s(v128.load(numbers, 32)), unit);
  const three = f32x4.mul(f32x4.convert_i32x4_s(v128.load(numbers, 48)), unit);
  const flat = f32x4.replace_lane(zero, 0, MIDDLE + <f32>mean * load<f32>(UNITS));
  const t = f32x4.splat(TAN_OF_EIGHTH);
  let even = f32x4.add(flat, two);
  let odd = f32x4.add(one, f32x4.mul(t, three));
  const first = f32x4.add(even, odd);
  const fourth = f32x4.sub(even, odd);
  even = f32x4.sub(flat, two);
  odd = f32x4.sub(f32x4.mul(t, one), three);
  const second = f32x4.add(even, odd);
  const third = f32x4.sub(even, odd);
  // they are columns until here, and rows of waves down behind it
  const upper = v128.shuffle<f32>(first, second, 0, 4, 1, 5);
  const upper2 = v128.shuffle<f32>(third, fourth, 0, 4, 1, 5);
  const lower = v128.shuffle<f32>(first, second, 2, 6, 3, 7);
  const lower2 = v128.shuffle<f32>(third, fourth, 2, 6, 3, 7);
  const flatDown = v128.shuffle<f32>(upper, upper2, 0, 1, 4, 5);
  const oneDown = v128.shuffle<f32>(upper, upper2, 2, 3, 6, 7);
  const twoDown = v128.shuffle<f32>(lower, lower2, 0, 1, 4, 5);
  const threeDown = v128.shuffle<f32>(lower, lower2, 2, 3, 6, 7);
  even = f32x4.add(flatDown, twoDown);
  odd = f32x4.add(oneDown, f32x4.mul(t, threeDown));
  const evenWithin = f32x4.sub(flatDown, twoDown);
  const oddWithin = f32x4.sub(f32x4.mul(t, oneDown), threeDown);
  v128.store(to, pairsOf(f32x4.add(even, odd), f32x4.add(evenWithin, oddWithin)));
  v128.store(to + rowPairBytes, pairsOf(f32x4.sub(evenWithin, oddWithin), f32x4.sub(even, odd)));
}

/** Adds what two values of a look add. */
@inline
function withTwo(numbers: v128, look: usize, first: u32, next: u32): v128 {
  const one = v128.load64_zero(first, WEIGHTS);
  const two = v128.load64_zero(next & (END_OF_BLOCK - 1), WEIGHTS);
  const weights = v128.shuffle<i16>(one, two, 0, 8, 1, 9, 2, 10, 3, 11);
  return i32x4.add(numbers, i32x4.dot_i16x8_s(v128.load32_splat(look, 4), weights));
}

/** The same for sixteen numbers in memory. */
@inline
function addTwo(numbers: usize, look: usize, first: u32, next: u32): void {
  addOne(numbers, first, load<i16>(look, 4));
  addOne(numbers, next & (END_OF_BLOCK - 1), load<i16>(look, 6));
}

@inline
function addOne(numbers: usize, place: u32, value: i32): void {
  const number = numbers + load<u32>(SIXTEEN_NUMBER + place);
  store<i32>(number, load<i32>(number) + value * load<i32>(SIXTEEN_WEIGHT + place));
}

/**
 * Puts blocks where they belong, beginning with the one behind `mean`, which becomes that of the last.
 * @param begin where the way that found them has begun to write
 */
function putFound<Way>(
  begin: usize, from: usize, end: usize, firstBlock: u32, across: u32, plane: usize,
): void {
  const size = foundBytes<Way>();
  const samples: u32 = isOne<Way>() ? 1 : isFour<Way>() ? 4 : 2;
  let left = firstBlock % across;
  let top = firstBlock / across;
  const isFirst = from == begin;
  let before = isFirst || isFour<Way>() ? i32x4.splat(0) : v128.load(from - size);
  const behind = mean - i32x4.extract_lane(before, 0);
  // the mean is that of all blocks before as well
  before = i32x4.replace_lane(before, 0, -behind);
  for (; from != end; left = 0, top++) {
    const endOfRow = min<usize>(end, from + <usize>(across - left) * size);
    let to = blockAddress(plane, samples, left, top);
    if (isFour<Way>()) {
      const rowPairBytes = load<usize>(plane, 12) << 2;
      for (; from != endOfRow; from += size, to += 16) {
        mean += load<i32>(from);
        putSixteen(to, rowPairBytes, from, mean);
      }
    } else if (isFloat<Way>()) {
      for (; from != endOfRow; from += size, to += 8) {
        const all = v128.load(from);
        putFour(to, fourSamples(i32x4.sub(all, before)));
        before = i32x4.replace_lane(all, 0, -behind);
      }
    } else {
      for (; from != endOfRow; from += size, to += 4) putOne(to, load<i32>(from) + behind);
    }
  }
  if (!isFour<Way>() && end != begin) mean = load<i32>(end - size) + behind;
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

/** Address of the first sample of a block. */
@inline
function blockAddress(plane: usize, samples: u32, left: u32, top: u32): usize {
  const rowPairBytes = load<u32>(plane, 12) << 2;
  const row = top * samples;
  return load<usize>(plane, 8) + <usize>((row >>> 1) * rowPairBytes + ((left * samples) << 2) + ((row & 1) << 1));
}

/** @param count four times the number of values that count */
function putBlock(plane: usize, left: u32, top: u32, count: usize): void {
  const samples = load<u32>(plane, 0);
  const rowPairBytes = load<usize>(plane, 12) << 2;
  let to = blockAddress(plane, samples, left, top);
  if (samples == 1) {
    putOne(to, mean);
    return;
  }
  if (samples == 2) {
    let numbers = i32x4.replace_lane(i32x4.splat(0), 0, mean);
    for (let nth: usize = 4; nth < count; nth += 4) {
      const weight = v128.load16x4_s(WEIGHTS + placeAt(nth));
      numbers = i32x4.add(numbers, i32x4.mul(weight, i32x4.splat(<i32>load<f32>(nth, VALUES))));
    }
    putFour(to, fourSamples(numbers));
    return;
  }
  if (samples == 4) {
    memory.fill(NUMBERS, 0, 64);
    for (let nth: usize = 4; nth < count; nth += 4) addOne(NUMBERS, placeAt(nth), <i32>load<f32>(nth, VALUES));
    putSixteen(to, rowPairBytes, NUMBERS, mean);
    return;
  }
  // two rows of 8 at a time
  const weights = load<usize>(plane, 4);
  for (let step: u32 = 0; step < 4; step++) {
    let one = f32x4.splat(MIDDLE);
    let two = one;
    let three = one;
    let four = one;
    for (let nth: usize = 0; nth < count; nth += 4) {
      const value = v128.load32_splat(nth, VALUES);
      const row = weights + (<usize>load<u32>(nth, PLACES) << 8) + (step << 6);
      one = f32x4.add(one, f32x4.mul(value, v128.load(row)));
      two = f32x4.add(two, f32x4.mul(value, v128.load(row, 16)));
      three = f32x4.add(three, f32x4.mul(value, v128.load(row, 32)));
      four = f32x4.add(four, f32x4.mul(value, v128.load(row, 48)));
    }
    v128.store(to, pairsOf(one, three));
    v128.store(to + 16, pairsOf(two, four));
    to += rowPairBytes;
  }
}

/** The place of a value in the list of those of a block, as the weights of numbers have it. */
@inline
function placeAt(nth: usize): u32 {
  return (load<u32>(nth, PLACES) + 1) * STEP;
}

/** A block of one sample, of its mean. */
@inline
function putOne(to: usize, mean: i32): void {
  store<i16>(to, i16x8.extract_lane_s(wholeFour(f32x4.splat(MIDDLE + <f32>mean * load<f32>(UNITS))), 0));
}

/** A block of 2 × 2 samples. @param samples pair by pair */
@inline
function putFour(to: usize, samples: v128): void {
  const four = wholeFour(samples);
  v128.store64_lane(to, v128.shuffle<i16>(four, four, 0, 2, 4, 6, 0, 2, 4, 6), 0);
}

/** Four samples of a row and those below them, pair by pair. */
@inline
function pairsOf(row: v128, below: v128): v128 {
  return v128.or(
    v128.and(wholeFour(row), i32x4.splat(0xffff)),
    i32x4.shl(wholeFour(below), 16),
  );
}

/** Four samples within their bounds as whole numbers, each in the lower 16 bits of a lane; of what is above them nothing is told. */
@inline
function wholeFour(samples: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(samples, f32x4.splat(LARGEST)), f32x4.splat(0));
  return f32x4.add(within, f32x4.splat(ROUNDING));
}

/**
 * Resizes a plane to 8-bit grey, first down, then across. Samples that are none of the image's weigh nothing.
 * @param stride samples a row of the plane, a multiple of 4
 * @param down, across addresses of the weights either way: of each output sample the first input sample (i32), behind
 *   them for each `taps` weights (i16). Down, the first input sample is an even one, and `taps` a multiple of 2; across it is one of 8.
 * @param line room for `stride + acrossTaps` samples
 */
export function resample(
  plane: usize, stride: u32, width: u32, height: u32, down: usize, downTaps: u32, across: usize, acrossTaps: u32,
  line: usize, to: usize,
): void {
  const rowPairBytes = <usize>stride << 2;
  const downBytes = <usize>downTaps << 1;
  const acrossBytes = <usize>acrossTaps << 1;
  let downWeight = down + (<usize>height << 2);
  for (let y: u32 = 0; y < height; y++, downWeight += downBytes) {
    const first = plane + <usize>(load<u32>(down + (<usize>y << 2)) >>> 1) * rowPairBytes;
    const end = downWeight + downBytes;
    let x: usize = 0;
    for (; x + 64 <= rowPairBytes; x += 64) {
      let one = i32x4.splat(1 << (WEIGHT_BITS - 1));
      let two = one;
      let three = one;
      let four = one;
      let from = first + x;
      for (let at = downWeight; at != end; at += 4, from += rowPairBytes) {
        const weights = v128.load32_splat(at);
        one = i32x4.add(one, i32x4.dot_i16x8_s(v128.load(from), weights));
        two = i32x4.add(two, i32x4.dot_i16x8_s(v128.load(from, 16), weights));
        three = i32x4.add(three, i32x4.dot_i16x8_s(v128.load(from, 32), weights));
        four = i32x4.add(four, i32x4.dot_i16x8_s(v128.load(from, 48), weights));
      }
      v128.store(line + (x >>> 1), lineOf(one, two));
      v128.store(line + (x >>> 1), lineOf(three, four), 16);
    }
    for (; x < rowPairBytes; x += 16) {
      let sum = i32x4.splat(1 << (WEIGHT_BITS - 1));
      let from = first + x;
      for (let at = downWeight; at != end; at += 4, from += rowPairBytes)
        sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(from), v128.load32_splat(at)));
      v128.store64_lane(line + (x >>> 1), lineOf(sum, sum), 0);
    }
    let weights = across + (<usize>width << 2);
    let column: u32 = 0;
    for (; column + 4 <= width; column += 4) {
      const starts = across + (<usize>column << 2);
      const one = weighed(line, load<u32>(starts), weights, acrossBytes);
      const two = weighed(line, load<u32>(starts, 4), weights + acrossBytes, acrossBytes);
      const three = weighed(line, load<u32>(starts, 8), weights + 2 * acrossBytes, acrossBytes);
      const four = weighed(line, load<u32>(starts, 12), weights + 3 * acrossBytes, acrossBytes);
      weights += 4 * acrossBytes;
      // their sums, each in its lane
      const odd = i32x4.add(
        v128.shuffle<i32>(one, two, 0, 4, 1, 5),
        v128.shuffle<i32>(one, two, 2, 6, 3, 7),
      );
      const even = i32x4.add(
        v128.shuffle<i32>(three, four, 0, 4, 1, 5),
        v128.shuffle<i32>(three, four, 2, 6, 3, 7),
      );
      const sums = i32x4.add(v128.shuffle<i32>(odd, even, 0, 1, 4, 5), v128.shuffle<i32>(odd, even, 2, 3, 6, 7));
      store<u32>(to, <u32>grey(sums));
      to += 4;
    }
    for (; column < width; column++, weights += acrossBytes) {
      const sum = weighed(line, load<u32>(across + (<usize>column << 2)), weights, acrossBytes);
      const total =
        i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
      store<u8>(to, <u8>grey(i32x4.splat(total)));
      to++;
    }
  }
}

/** Eight samples of a line, of their sums. */
@inline
function lineOf(four: v128, next: v128): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(four, WEIGHT_BITS), i32x4.shr_s(next, WEIGHT_BITS));
}

/** Weighs samples of a line from the nth on, with weights of so many bytes; four partial sums. */
@inline
function weighed(line: usize, nth: u32, weights: usize, bytes: usize): v128 {
  const from = line + (<usize>nth << 1);
  let sum = i32x4.dot_i16x8_s(v128.load(from), v128.load(weights));
  for (let at: usize = 16; at < bytes; at += 16)
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(from + at), v128.load(weights + at)));
  return sum;
}

/** Four sums as bytes, the first in the lowest bits. */
@inline
function grey(sums: v128): u32 {
  const whole = i32x4.shr_s(i32x4.add(sums, i32x4.splat(1 << (PIXEL_BITS - 1))), PIXEL_BITS);
  const narrow = i16x8.narrow_i32x4_s(whole, whole);
  return <u32>i32x4.extract_lane(i8x16.narrow_i16x8_u(narrow, narrow), 0);
}
