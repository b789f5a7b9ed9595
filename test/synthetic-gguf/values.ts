/**
 * Random weights in llama.cpp's block formats. Blocks are drawn from a pool that was filled once: a file of 5 GB of fresh
 * random numbers would take minutes, and nothing that is measured depends on them.
 */
import type { Tensor, TensorType } from './shapes.ts';

/** Weights a block, and bytes a block. */
const BLOCKS: Record<TensorType, { weights: number; bytes: number }> = {
  F32: { weights: 1, bytes: 4 },
  Q4_K: { weights: 256, bytes: 144 },
  Q6_K: { weights: 256, bytes: 210 },
};
/** GGML's numbers for the types. */
export const TYPE_IDS: Record<TensorType, number> = { F32: 0, Q4_K: 12, Q6_K: 14 };
const POOL_BLOCKS = 32_768;
/** Standard deviation of the weights: what real models have, so that activations stay finite. */
const SPREAD = 0.02;
/** Longest piece that is written at once. */
const PIECE_BLOCKS = 8192;

export function bytesOf({ dims, type }: Tensor): number {
  const { weights, bytes } = BLOCKS[type];
  return (dims.reduce((product, dim) => product * dim, 1) / weights) * bytes;
}

/** Numbers that look random and are the same for the same seed (mulberry32), as 32-bit integers. */
function randomWords(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** A number of the standard normal distribution, near enough: the sum of twelve even ones. */
function normal(next: () => number): number {
  let sum = -6;
  for (let count = 0; count < 12; count++) sum += next() / 2 ** 32;
  return sum;
}

/** Normally distributed numbers that are the same for the same seed. */
export function normalNumbers(seed: number): () => number {
  const next = randomWords(seed);
  return () => normal(next);
}

export class Values {
  readonly #next: () => number;
  readonly #pools: Partial<Record<'Q4_K' | 'Q6_K', Buffer>>;

  /** @param tensors what is to be filled: pools are made of the types in them */
  constructor(seed: number, tensors: readonly Tensor[]) {
    this.#next = randomWords(seed);
    const has = (type: TensorType) => tensors.some((tensor) => tensor.type === type);
    this.#pools = {};
    if (has('Q4_K')) this.#pools.Q4_K = this.#pool('Q4_K', shapeQ4K);
    if (has('Q6_K')) this.#pools.Q6_K = this.#pool('Q6_K', shapeQ6K);
  }

  /** A tensor's bytes, piece by piece. */
  *pieces(tensor: Tensor): Generator<Buffer> {
    if (tensor.type === 'F32') {
      yield Buffer.from(this.#floats(tensor).buffer);
      return;
    }
    const { bytes, weights } = BLOCKS[tensor.type];
    const pool = this.#pools[tensor.type]!;
    if (tensor.rows !== undefined) {
      const { zero, gain } = tensor.rows;
      const rowBlocks = tensor.dims[0]! / weights;
      yield zeroBlocks(tensor.type, zero * rowBlocks);
      for (let left = (tensor.dims[1]! - zero) * rowBlocks; left > 0; left--) {
        const at = (this.#next() % POOL_BLOCKS) * bytes;
        yield scaledBlock(tensor.type, pool.subarray(at, at + bytes), gain);
      }
      return;
    }
    for (let left = bytesOf(tensor) / bytes; left > 0;) {
      const from = this.#next() % POOL_BLOCKS;
      const count = Math.min(left, PIECE_BLOCKS, POOL_BLOCKS - from);
      yield pool.subarray(from * bytes, (from + count) * bytes);
      left -= count;
    }
  }

  #floats({ dims, name, fill, rows, values: given }: Tensor): Float32Array {
    if (given !== undefined) return given;
    const values = new Float32Array(dims.reduce((product, dim) => product * dim, 1));
    const { mean, spread } = fill ?? { mean: name.endsWith('.bias') ? 0 : 1, spread: 0 };
    if (spread === 0) return values.fill(mean);
    const from = (rows?.zero ?? 0) * dims[0]!;
    for (let at = from; at < values.length; at++) values[at] = mean + spread * (rows?.gain ?? 1) * normal(this.#next);
    return values;
  }

  #pool(type: 'Q4_K' | 'Q6_K', shape: (block: Buffer, gain?: number) => void): Buffer {
    const { bytes } = BLOCKS[type];
    const pool = Buffer.alloc(POOL_BLOCKS * bytes);
    for (let at = 0; at + 4 <= pool.length; at += 4) pool.writeUInt32LE(this.#next(), at);
    for (let block = 0; block < POOL_BLOCKS; block++) shape(pool.subarray(block * bytes, (block + 1) * bytes));
    return pool;
  }
}

/**
 * Q4_K: half d, half dmin, 12 bytes of packed six-bit scales and minima, 128 bytes of nibbles q; a weight is
 * d·scale·q − dmin·min. All scales and minima are 32, dmin = 7.5·d: the weights are 32·d·(q − 7.5), evenly spread around 0.
 */
function shapeQ4K(block: Buffer, gain = 1): void {
  const d = (gain * SPREAD) / (32 * Math.sqrt((16 ** 2 - 1) / 12));
  block.writeUInt16LE(half(d), 0);
  block.writeUInt16LE(half(7.5 * d), 2);
  block.fill(0xa0, 4, 12);
  block.fill(0x00, 12, 16);
}

/** Q6_K: 192 bytes of six-bit q, 16 signed scales, half d; a weight is d·scale·(q − 32). All scales are 8. */
function shapeQ6K(block: Buffer, gain = 1): void {
  block.fill(8, 192, 208);
  block.writeUInt16LE(half((gain * SPREAD) / (8 * Math.sqrt((64 ** 2 - 1) / 12))), 208);
}

/** The block with weights `gain` times as large. */
function scaledBlock(type: 'Q4_K' | 'Q6_K', block: Buffer, gain: number): Buffer {
  const copy = Buffer.from(block);
  (type === 'Q4_K' ? shapeQ4K : shapeQ6K)(copy, gain);
  return copy;
}

/** Blocks whose weights are all zero: with d and dmin of nought, whatever q is. */
function zeroBlocks(type: 'Q4_K' | 'Q6_K', count: number): Buffer {
  return Buffer.alloc(count * BLOCKS[type].bytes);
}

/** IEEE half precision of a positive number below 1, rounded down. */
export function half(value: number): number {
  const exponent = Math.floor(Math.log2(value));
  // Below 2⁻¹⁴ numbers have no leading one.
  if (exponent < -14) return Math.floor(value * 2 ** 24);
  return ((exponent + 15) << 10) | Math.floor((value / 2 ** exponent - 1) * 1024);
}
