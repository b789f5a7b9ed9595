/**
 * Running means of earlier tokens (`means` in runtime/plan.ts), as the fit sees them: beside each token's row stand the running means
 * of the rows so far, and one vector of that width is a layer's w followed by its v_i. What is fitted stays a linear regression.
 */
import type { LayerRead } from '../../runtime/plan.ts';
import type { TokenSource } from './fit-probe.ts';

/** A layer's vectors, as a plan holds them. */
export type ReadVectors = Pick<LayerRead, 'w' | 'means'>;

/**
 * @param rows [Σ counts × d], prompts one after another; means begin anew with each prompt
 * @param counts tokens of each prompt
 * @param halfLives in tokens, each > 0
 * @returns [Σ counts × d·(1 + number of half-lives)]; `rows` itself where there is none
 */
export function withRunningMeans(rows: Float32Array, counts: readonly number[], d: number, halfLives: readonly number[]): Float32Array {
  if (halfLives.length === 0) return rows;
  const width = d * (1 + halfLives.length);
  const wide = new Float32Array((rows.length / d) * width);
  const keeps = halfLives.map((halfLife) => 2 ** (-1 / halfLife));
  let row = 0;
  for (const count of counts) {
    const sums = keeps.map(() => new Float64Array(d));
    const weights = keeps.map(() => 0);
    for (let token = 0; token < count; token++, row++) {
      const own = rows.subarray(row * d, (row + 1) * d);
      wide.set(own, row * width);
      for (const [k, keep] of keeps.entries()) {
        const sum = sums[k]!;
        const weight = (weights[k] = weights[k]! * keep + 1);
        const at = row * width + (k + 1) * d;
        for (let i = 0; i < d; i++) wide[at + i] = (sum[i] = sum[i]! * keep + own[i]!) / weight;
      }
    }
  }
  return wide;
}

/** The same prompts' rows with running means beside them. */
export function meansBeside<P>(source: TokenSource<P>, halfLives: readonly number[]): TokenSource<P> {
  if (halfLives.length === 0) return source;
  return {
    width: source.width * (1 + halfLives.length),
    tokenRows: (prompts, layer) => {
      const { rows, counts } = source.tokenRows(prompts, layer);
      return { rows: withRunningMeans(rows, counts, source.width, halfLives), counts };
    },
  };
}

/** w and v_i of a vector of the wider rows. @param wide [d·(1 + number of half-lives)] */
export function readVectors(wide: Float32Array, halfLives: readonly number[]): ReadVectors {
  const d = wide.length / (1 + halfLives.length);
  const part = (index: number) => wide.slice(index * d, (index + 1) * d);
  return halfLives.length === 0 ? { w: wide } : { w: part(0), means: halfLives.map((halfLife, k) => ({ halfLife, v: part(k + 1) })) };
}

/** `readVectors` undone: w followed by its v_i. */
export function wideVector({ w, means = [] }: ReadVectors): Float32Array {
  const wide = new Float32Array(w.length * (1 + means.length));
  wide.set(w);
  means.forEach(({ v }, k) => wide.set(v, (k + 1) * w.length));
  return wide;
}
