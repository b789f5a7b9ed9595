/** Extraction: every prompt's residual rows, many prompts a batch, through the cache on disk. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeJson } from '../../files/json-file.ts';
import type { Prompt } from '../../prompts/index.ts';
import { stageReporter, throwIfCancelled, type JobControl } from '../control.ts';
import { chatPromptOf, promptKey, type ModelPort } from '../port.ts';
import type { RowCache } from './row-cache.ts';

/** Prompts that are asked for together: as many as share a batch. Each portion is saved when it is done. */
const PORTION = 16;

export interface ExtractOptions {
  /** Called for a prompt that is longer than the context; without it such a prompt ends the calibration. */
  onTooLong?: ((prompt: Prompt) => void) | undefined;
}

/**
 * Makes sure that the cache holds every prompt's rows.
 *
 * Floating-point results depend, in their last bits, on which prompts share a batch. So the portions are settled when a
 * job begins and kept in its folder: a job that was cut off goes on with the same ones.
 * @throws `cancelled`; what was done stays in the cache. The file system's own error where the disk is full.
 */
export async function extractRows(
  port: ModelPort,
  cache: RowCache,
  prompts: readonly Prompt[],
  control: JobControl,
  options: ExtractOptions = {},
): Promise<void> {
  const wanted = new Map(prompts.map((prompt) => [promptKey(prompt), prompt]));
  const queue = (await settledOrder(cache, wanted, control)).map((key) => wanted.get(key)!);
  const report = stageReporter(control, 'extract', queue.length);
  for (let at = 0; at < queue.length; at += PORTION) {
    throwIfCancelled(control);
    const portion = queue.slice(at, at + PORTION);
    if (portion.every((prompt) => cache.has(prompt))) continue;
    report(at);
    await capture(port, cache, portion, control, options);
  }
  report(queue.length);
}

async function capture(
  port: ModelPort,
  cache: RowCache,
  portion: readonly Prompt[],
  control: JobControl,
  options: ExtractOptions,
): Promise<void> {
  const width = cache.layers.length * cache.width;
  const tokenWidth = cache.tokenLayers.length * cache.width;
  try {
    const { rows, tokenRows, tokenCounts } = await port.capture(portion.map(chatPromptOf), cache, control.signal);
    let token = 0;
    cache.addAll(
      portion.map((prompt, index) => {
        const from = token * tokenWidth;
        token += tokenCounts[index]!;
        return [
          prompt,
          { rows: rows.subarray(index * width, (index + 1) * width), tokenRows: tokenRows.subarray(from, token * tokenWidth) },
        ] as const;
      }),
    );
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'context-overflow' || options.onTooLong === undefined) throw error;
    // A portion is refused as a whole; one by one it shows which prompt it was.
    if (portion.length === 1) return options.onTooLong(portion[0]!);
    for (const one of portion) {
      throwIfCancelled(control);
      await capture(port, cache, [one], control, options);
    }
  }
}

/** Keys of the prompts that were missing when this job first asked for them, in the order in which they are evaluated. */
async function settledOrder(cache: RowCache, wanted: ReadonlyMap<string, Prompt>, control: JobControl): Promise<string[]> {
  const fresh = () =>
    [...wanted]
      .filter(([, prompt]) => !cache.has(prompt))
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

function length(prompt: Prompt): number {
  const { systemPrompt, turns } = chatPromptOf(prompt);
  return turns.reduce((sum, { text }) => sum + text.length, systemPrompt.length);
}
