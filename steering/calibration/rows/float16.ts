/** Rows of many tokens are kept as 16-bit floats: half the disk, and far finer than what tells prompts apart. */

/** Beyond this a 16-bit float is infinite. */
const LARGEST = 65_504;

/** Each value rounded to the nearest 16-bit float; those beyond its range become its largest. NaN stays NaN. */
export function toFloat16(values: Float32Array): Float16Array {
  const result = new Float16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    result[i] = value > LARGEST ? LARGEST : value < -LARGEST ? -LARGEST : value;
  }
  return result;
}

export function fromFloat16(values: Float16Array): Float32Array {
  return new Float32Array(values);
}
