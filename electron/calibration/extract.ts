/** Extraction: every prompt's residual rows, many prompts a batch, through the cache on disk. */
import { SteadyError } from '../contract/index.ts';
import type { EnginePrompt } from '../engine/protocol.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { stageReporter, type JobControl } from './progress.ts';
import { promptKey, type RowCache } from './row-cache.ts';

/** Prompts sent to the engine together; the engine cuts them into batches. Each portion is saved when it is done. */
const PORTION = 64;

/** Makes sure that the cache holds every prompt's rows. @throws `cancelled`; what was done stays in the cache. */
export async function extractRows(
  engine: EngineSupervisor,
  cache: RowCache,
  prompts: readonly EnginePrompt[],
  control: JobControl,
): Promise<void> {
  const missing = new Map<string, EnginePrompt>();
  for (const prompt of prompts) {
    const key = promptKey(prompt);
    if (!cache.has(key)) missing.set(key, prompt);
  }
  // Prompts of like length share batches best.
  const queue = [...missing].sort(([, a], [, b]) => length(a) - length(b));
  const report = stageReporter(control, 'extract', queue.length);
  const width = cache.layers.length * cache.width;
  report(0);
  for (let at = 0; at < queue.length; at += PORTION) {
    if (control.signal.aborted)
      throw new SteadyError('cancelled', 'The calibration was cancelled.', { hint: 'Starting it again goes on from here.' });
    const portion = queue.slice(at, at + PORTION);
    const { rows } = await engine.call('batch.capture', { prompts: portion.map(([, prompt]) => prompt), layers: [...cache.layers] });
    portion.forEach(([key], index) => cache.add(key, rows.subarray(index * width, (index + 1) * width)));
    report(at + portion.length);
  }
}

function length({ systemPrompt, turns }: EnginePrompt): number {
  return turns.reduce((sum, { text }) => sum + text.length, systemPrompt.length);
}
