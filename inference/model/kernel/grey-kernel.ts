// AssemblyScript, compiled as jpeg-kernel.ts is. What is done with every pixel of every image that the network sees, sixteen
// at a time. Knows no layout: whoever calls hands in addresses.

/** Pixels whose squares, shared out over the four lanes of a sum, fit 32 bits. */
const STRETCH: u32 = 65_536;

/**
 * Adds up 8-bit pixels.
 * @param to address of their sum and the sum of their squares (f64 each), and of the least and the greatest (u8 each)
 */
export function addUp(from: usize, count: u32, to: usize): void {
  let sum: f64 = 0;
  let squares: f64 = 0;
  let least = i8x16.splat(-1);
  let greatest = i8x16.splat(0);
  const whole = count & ~15;
  let at: u32 = 0;
  while (at < whole) {
    const end = min<u32>(whole, at + STRETCH);
    let sums = i32x4.splat(0);
    let squareSums = i32x4.splat(0);
    for (; at < end; at += 16) {
      const pixels = v128.load(from + at);
      least = i8x16.min_u(least, pixels);
      greatest = i8x16.max_u(greatest, pixels);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(pixels)));
      const low = i16x8.extend_low_i8x16_u(pixels);
      const high = i16x8.extend_high_i8x16_u(pixels);
      squareSums = i32x4.add(squareSums, i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)));
    }
    sum += lanesOf(sums);
    squares += lanesOf(squareSums);
  }
  let min8: u32 = 255;
  let max8: u32 = 0;
  v128.store(to, least);
  v128.store(to, greatest, 16);
  for (let lane: usize = 0; lane < 16; lane++) {
    min8 = min<u32>(min8, load<u8>(to + lane));
    max8 = max<u32>(max8, load<u8>(to + lane, 16));
  }
  for (; at < count; at++) {
    const pixel = <u32>load<u8>(from + at);
    sum += pixel;
    squares += pixel * pixel;
    min8 = min<u32>(min8, pixel);
    max8 = max<u32>(max8, pixel);
  }
  store<f64>(to, sum);
  store<f64>(to, squares, 8);
  store<u8>(to, <u8>min8, 16);
  store<u8>(to, <u8>max8, 17);
}

@inline
function lanesOf(sums: v128): f64 {
  return (
    <f64>(<u32>i32x4.extract_lane(sums, 0)) + <f64>(<u32>i32x4.extract_lane(sums, 1)) +
    <f64>(<u32>i32x4.extract_lane(sums, 2)) + <f64>(<u32>i32x4.extract_lane(sums, 3))
  );
}

/**
 * Counts the pixels at both ends of the scale within a rectangle.
 * @param from address of its first pixel
 * @param stride pixels from one row to the next
 * @param black, white up to which and from which on a pixel counts
 * @param to address of how many are black and how many are white (u32 each)
 */
export function countEnds(
  from: usize, stride: u32, width: u32, height: u32, black: u32, white: u32, to: usize,
): void {
  const blacks = i8x16.splat(<i8>black);
  const whites = i8x16.splat(<i8>white);
  let blackCount: u32 = 0;
  let whiteCount: u32 = 0;
  for (let row: u32 = 0; row < height; row++, from += stride) {
    let at: u32 = 0;
    for (; at + 16 <= width; at += 16) {
      const pixels = v128.load(from + at);
      blackCount += popcnt(i8x16.bitmask(i8x16.le_u(pixels, blacks)));
      whiteCount += popcnt(i8x16.bitmask(i8x16.ge_u(pixels, whites)));
    }
    for (; at < width; at++) {
      const pixel = <u32>load<u8>(from + at);
      blackCount += u32(pixel <= black);
      whiteCount += u32(pixel >= white);
    }
  }
  store<u32>(to, blackCount);
  store<u32>(to, whiteCount, 4);
}

/** Makes f32 numbers of 8-bit pixels: pixel · factor − offset. */
export function scale(from: usize, count: u32, to: usize, factor: f32, offset: f32): void {
  const factors = f32x4.splat(factor);
  const offsets = f32x4.splat(offset);
  let at: u32 = 0;
  for (; at + 16 <= count; at += 16, to += 64) {
    const pixels = v128.load(from + at);
    const low = i16x8.extend_low_i8x16_u(pixels);
    const high = i16x8.extend_high_i8x16_u(pixels);
    v128.store(to, scaled(i32x4.extend_low_i16x8_u(low), factors, offsets));
    v128.store(to, scaled(i32x4.extend_high_i16x8_u(low), factors, offsets), 16);
    v128.store(to, scaled(i32x4.extend_low_i16x8_u(high), factors, offsets), 32);
    v128.store(to, scaled(i32x4.extend_high_i16x8_u(high), factors, offsets), 48);
  }
  for (; at < count; at++, to += 4) store<f32>(to, <f32>load<u8>(from + at) * factor - offset);
}

@inline
function scaled(pixels: v128, factors: v128, offsets: v128): v128 {
  return f32x4.sub(f32x4.mul(f32x4.convert_i32x4_u(pixels), factors), offsets);
}
