/** How prompts score where every token is read: at the token that opens a probe's gate widest. */
import type { Prompt } from '../../prompts/index.ts';
import { scores } from '../../solver/index.ts';
import type { RowCache } from '../rows/row-cache.ts';
import { wideVector, withRunningMeans, type ReadVectors } from './running-means.ts';

/** Prompts whose rows are read and turned into 32-bit floats at once: little enough to hold up nobody else on this thread. */
const PORTION = 16;

/** One of the layers that a probe reads. */
export interface ProbeRead extends ReadVectors {
  layer: number;
}

export interface PeakScores {
  /** c by layer at each prompt's peak. */
  byLayer: Map<number, Float32Array>;
  /** Their mean, the largest of any token. */
  pooled: Float32Array;
}

/** The scores of one probe's layers at each prompt's token of the highest mean. */
export async function peakScores(
  cache: RowCache,
  prompts: readonly Prompt[],
  reads: readonly ProbeRead[],
  signal?: AbortSignal,
): Promise<PeakScores> {
  const byLayer = new Map(reads.map(({ layer }) => [layer, new Float32Array(prompts.length)]));
  const pooled = new Float32Array(prompts.length);
  for (let begin = 0; begin < prompts.length; begin += PORTION) {
    const portion = prompts.slice(begin, begin + PORTION);
    const scored: { layer: number; c: Float32Array }[] = [];
    let counts: readonly number[] = [];
    for (const { layer, ...vectors } of reads) {
      const tokens = cache.tokenRows(portion, layer);
      counts = tokens.counts;
      const halfLives = (vectors.means ?? []).map(({ halfLife }) => halfLife);
      const rows = withRunningMeans(tokens.rows, counts, cache.width, halfLives);
      scored.push({ layer, c: await scores(rows, wideVector(vectors), { signal }) });
    }
    let at = 0;
    counts.forEach((count, index) => {
      const mean = (token: number) => scored.reduce((sum, { c }) => sum + c[token]!, 0) / scored.length;
      let best = at;
      for (let token = at + 1; token < at + count; token++) if (mean(token) > mean(best)) best = token;
      for (const { layer, c } of scored) byLayer.get(layer)![begin + index] = c[best]!;
      pooled[begin + index] = mean(best);
      at += count;
    });
  }
  return { byLayer, pooled };
}
