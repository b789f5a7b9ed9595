/** Extraction: every prompt's residual rows, many prompts a batch, through the cache on disk. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { toErrorShape } from '../contract/index.ts';
import type { EnginePrompt } from '../engine/protocol.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { requireSameModel } from '../jobs/same-model.ts';
import { readJson, writeJson } from '../json-file.ts';
import { stageReporter, throwIfCancelled, unlessCancelled, type JobControl } from './progress.ts';
import { promptKey, type RowCache } from './row-cache.ts';

/** Prompts sent to the engine together: as many as share a batch. Each portion is saved when it is done. */
const PORTION = 16;

export interface ExtractOptions {
  /** Called for a prompt that is longer than the context; without it such a prompt ends the calibration. */
  onTooLong?: ((key: string) => void) | undefined;
}

/**
 * Makes sure that the cache holds every prompt's rows.
 *
 * Floating-point results depend, in their last bits, on which prompts share a batch. So the portions are settled when a
 * job begins and kept in its folder: a job that was cut off goes on with the same ones.
 * @throws `cancelled`; what was done stays in the cache. The file system's own error where the disk is full.
 */
export async function extractRows(
  engine: EngineSupervisor,
  cache: RowCache,
  prompts: readonly EnginePrompt[],
  control: JobControl,
  options: ExtractOptions = {},
): Promise<void> {
  const wanted = new Map(prompts.map((prompt) => [promptKey(prompt), prompt]));
  const queue = (await settledOrder(cache, wanted, control)).map((key) => [key, wanted.get(key)!] as const);
  const report = stageReporter(control, 'extract', queue.length);
  for (let at = 0; at < queue.length; at += PORTION) {
    throwIfCancelled(control);
    const portion = queue.slice(at, at + PORTION);
    if (portion.every(([key]) => cache.has(key))) continue;
    report(at);
    await capture(engine, cache, portion, control, options);
  }
  report(queue.length);
}

async function capture(
  engine: EngineSupervisor,
  cache: RowCache,
  portion: readonly (readonly [string, EnginePrompt])[],
  control: JobControl,
  options: ExtractOptions,
): Promise<void> {
  const width = cache.layers.length * cache.width;
  const tokenWidth = cache.tokenLayers.length * cache.width;
  try {
    const call = engine.call('batch.capture', {
      prompts: portion.map(([, prompt]) => prompt),
      layers: [...cache.layers],
      tokenLayers: [...cache.tokenLayers],
      tokensEach: cache.tokensEach,
    });
    const { rows, tokenRows, tokenCounts } = await unlessCancelled(control, call);
    requireSameModel(engine, cache.modelSha256);
    let token = 0;
    cache.addAll(
      portion.map(([key], index) => {
        const from = token * tokenWidth;
        token += tokenCounts[index]!;
        return [
          key,
          { rows: rows.subarray(index * width, (index + 1) * width), tokenRows: tokenRows.subarray(from, token * tokenWidth) },
        ] as const;
      }),
    );
  } catch (error) {
    if (toErrorShape(error).code !== 'context-overflow' || options.onTooLong === undefined) throw error;
    // The engine refuses a portion as a whole; one by one it shows which prompt it was.
    if (portion.length === 1) return options.onTooLong(portion[0]![0]);
    for (const one of portion) {
      throwIfCancelled(control);
      await capture(engine, cache, [one], control, options);
    }
  }
}

/** The prompts that were missing when this job first asked for them, in the order in which they are evaluated. */
async function settledOrder(cache: RowCache, wanted: ReadonlyMap<string, EnginePrompt>, control: JobControl): Promise<string[]> {
  const fresh = () =>
    [...wanted]
      .filter(([key]) => !cache.has(key))
      // Prompts of like length share batches best.
      .sort(([a, x], [b, y]) => length(x) - length(y) || (a < b ? -1 : 1))
      .map(([key]) => key);
  if (control.folder === undefined) return fresh();
  const identity = createHash('sha256')
    .update(JSON.stringify([cache.name, [...wanted.keys()].sort()]))
    .digest('hex');
  const path = join(control.folder, `extract-${identity.slice(0, 16)}.json`);
  const kept = z.array(z.string()).safeParse(await readJson(path));
  if (kept.success && kept.data.every((key) => wanted.has(key))) return kept.data;
  const order = fresh();
  await writeJson(path, order);
  return order;
}

function length({ systemPrompt, turns }: EnginePrompt): number {
  return turns.reduce((sum, { text }) => sum + text.length, systemPrompt.length);
}
