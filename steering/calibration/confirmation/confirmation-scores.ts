/** What the second stage of a cascade makes of prompts, from rows that are kept. */
import type { Prompt } from '../../prompts/index.ts';
import type { ConfirmingRead } from '../../runtime/plan.ts';
import { scores } from '../../solver/index.ts';
import type { RowCache } from '../rows/row-cache.ts';
import { requestPortions } from './request-rows.ts';

/** z of each prompt: the mean over the layers of m·v + last·w. */
export async function confirmationScores(
  cache: RowCache,
  prompts: readonly Prompt[],
  layers: ReadonlyMap<number, ConfirmingRead>,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const z = new Float32Array(prompts.length);
  const items = prompts.map((prompt, at) => ({ prompt, at }));
  for (const [layer, { v, w }] of layers) {
    const both = new Float32Array(v.length + w.length);
    both.set(v);
    both.set(w, v.length);
    for (const { portion, rows } of requestPortions(cache, items, layer)) {
      const c = await scores(rows, both, { signal });
      portion.forEach(({ at }, row) => (z[at]! += c[row]! / layers.size));
    }
  }
  return z;
}
