/** Rows of many tokens are kept as 16-bit floats: half the disk, and far finer than what tells prompts apart. */

/** Beyond this a 16-bit float is infinite. */
const LARGEST = 65_504;
const SMALLEST_NORMAL_EXPONENT = -14;
const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** Each value rounded to the nearest 16-bit float; those beyond its range become its largest. NaN stays NaN. */
export function toHalf(values: Float32Array): Uint16Array {
  const result = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = halfOf(values[i]!);
  return result;
}

function halfOf(value: number): number {
  single[0] = value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST : value;
  const x = bits[0]!;
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  // Below the smallest normal half (2⁻¹⁴) steps are 2⁻²⁴ wide.
  if (magnitude < 0x3880_0000) return sign | Math.round(Math.abs(single[0]) * 2 ** 24);
  // Rounds half to even, carrying into the exponent where needed.
  const rounded = magnitude + 0x0fff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x3800_0000) >>> 13);
}

let table: Float32Array | undefined;

/** The values of 16-bit floats. */
export function fromHalf(halves: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 0x1_0000 }, (_, half) => valueOf(half));
  const result = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) result[i] = table[halves[i]!]!;
  return result;
}

function valueOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** (SMALLEST_NORMAL_EXPONENT - 10);
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
