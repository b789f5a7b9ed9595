/** A request as the second stage of a cascade reads it: the mean of its tokens' rows, and the row of its last token. */
import type { Prompt } from '../../prompts/index.ts';
import type { RowCache } from '../rows/row-cache.ts';

/** [prompts × 2d]: of each prompt the mean over its kept tokens, then the last one's row. Rows of every prompt must be in the cache. */
export function requestRows(cache: RowCache, prompts: readonly Prompt[], layer: number): Float32Array {
  const { rows, counts } = cache.tokenRows(prompts, layer);
  const d = cache.width;
  const result = new Float32Array(prompts.length * 2 * d);
  let token = 0;
  counts.forEach((count, prompt) => {
    const mean = new Float64Array(d);
    for (const end = token + count; token < end; token++) {
      for (let i = 0; i < d; i++) mean[i]! += rows[token * d + i]! / count;
    }
    result.set(mean, prompt * 2 * d);
    result.set(rows.subarray((token - 1) * d, token * d), prompt * 2 * d + d);
  });
  return result;
}

/** The same of weighted prompts, some at a time. */
export function* requestPortions<T extends { prompt: Prompt }>(
  cache: RowCache,
  items: readonly T[],
  layer: number,
): Generator<{ portion: readonly T[]; rows: Float32Array }> {
  for (let at = 0; at < items.length; at += PORTION) {
    const portion = items.slice(at, at + PORTION);
    yield {
      portion,
      rows: requestRows(
        cache,
        portion.map(({ prompt }) => prompt),
        layer,
      ),
    };
  }
}

/** Little enough to hold up nobody else on this thread. */
const PORTION = 16;
