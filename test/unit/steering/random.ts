/** Seeded random numbers for tests, so that a failure can be repeated. */

/** Uniform in [0, 1) (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal. */
export function normal(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** `rows` × `columns` standard normal values, row after row. */
export function normalMatrix(rows: number, columns: number, seed: number): Float32Array {
  const next = normal(seed);
  return Float32Array.from({ length: rows * columns }, next);
}
