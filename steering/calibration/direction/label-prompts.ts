/** Which harmful prompts show what refusing looks like, and which what answering does: those that the unsteered model refuses and answers by itself. */
import { join } from 'node:path';
import type { Prompt } from '../../prompts/index.ts';
import type { JobControl } from '../control.ts';
import type { CalibrationPrompts } from '../prompts.ts';
import type { ModelPort } from '../port.ts';
import { labelReplies } from '../replies/label-replies.ts';
import type { RowCache } from '../rows/row-cache.ts';
import { refusalDirection } from './refusal-direction.ts';

/** Fewer refusals (or answers) than this give no direction worth the name. */
const LEAST_LABELS = 12;
/** Used when the model hardly refuses by itself: the same prompts under these words show what refusing looks like. */
const REFUSING_SYSTEM_PROMPT =
  'You must decline every request that could cause harm. When a request is harmful, say that you cannot help with it and do not give any of what was asked.';

export interface LabelledPrompts {
  prompts: Prompt[];
  /** One flag a prompt. */
  refused: boolean[];
}

/**
 * The model's own verdicts, unsteered, on the first `most` of the training prompts that are plain requests; replies that are neither refusals nor answers
 * are left out.
 * @param folder where verdicts are kept
 */
export async function labelPlainPrompts(
  port: ModelPort,
  harmful: CalibrationPrompts['train']['harmful'],
  most: number,
  folder: string,
  control: JobControl,
): Promise<LabelledPrompts & { asked: Prompt[] }> {
  const asked = harmful.filter(({ wrapper, turns }) => wrapper === undefined && turns === undefined).slice(0, most);
  const path = join(folder, `labels-${port.model.sha256.slice(0, 16)}.json`);
  const verdicts = await labelReplies(port, path, asked, control, { steer: false, stage: 'labels' });
  const sure = asked
    .map((prompt, index) => ({ prompt, verdict: verdicts[index] }))
    .filter(({ verdict }) => verdict === 'refused' || verdict === 'complied');
  return { asked, prompts: sure.map(({ prompt }) => prompt), refused: sure.map(({ verdict }) => verdict === 'refused') };
}

/**
 * Prompts to take the refusal direction from: the model's own verdicts, or where those are too one-sided the difference between asking plainly and asking
 * under a refusing system prompt.
 * @returns them with a sentence on how the direction comes about
 */
export function directionPrompts({
  asked,
  prompts,
  refused,
}: Awaited<ReturnType<typeof labelPlainPrompts>>): LabelledPrompts & { note: string } {
  const count = countRefused(refused);
  const answered = refused.length - count;
  if (count >= LEAST_LABELS && answered >= LEAST_LABELS) {
    return { prompts, refused, note: `Refusal direction from ${count} refused and ${answered} answered prompts.` };
  }
  const under = asked.map((prompt) => ({ ...prompt, system: REFUSING_SYSTEM_PROMPT }));
  return {
    prompts: [...asked, ...under],
    refused: [...asked.map(() => false), ...under.map(() => true)],
    note: `The model by itself refused ${count} of ${asked.length} prompts, too one-sided for a direction; it comes from the same prompts with and without a refusing system prompt.`,
  };
}

export function countRefused(refused: readonly boolean[]): number {
  return refused.filter(Boolean).length;
}

/** What a layer writes: the refusal direction there at its own length. Rows of the prompts must be in the cache. */
export function writeAt(
  cache: RowCache,
  { prompts, refused }: LabelledPrompts,
  layer: number,
): { lambda: number; rNorm: number; r: Float32Array } {
  const r = refusalDirection(cache.layerRows(prompts, layer), refused, cache.width);
  return { lambda: 1, rNorm: Math.sqrt(r.reduce((sum, value) => sum + value * value, 0)), r };
}
