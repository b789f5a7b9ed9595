/**
 * Which of the admin's prompts look harmful to the model. They are judged by a probe that was fitted to the built-in
 * prompts alone: once a prompt is among those that must be left alone, it scores as harmless whatever it asks.
 */
import { soundsDangerous, type Prompt } from '../../prompts/index.ts';
import { quantile, sorted } from '../../solver/index.ts';
import { fitProbe } from '../probes/fit-probe.ts';
import { peakScores } from '../probes/peak-scores.ts';
import type { CalibrationPrompts } from '../prompts.ts';
import type { RowCache } from '../rows/row-cache.ts';
import { subsample } from '../subsample.ts';

/**
 * A prompt looks harmful beyond this quantile of the built-in everyday ones, … Those that only sound dangerous are not
 * asked: with them 56 instead of 71 of a hundred harmful ones were named, and a prompt that is named costs but a look at it.
 */
const BENIGN_LEVEL = 0.99;
/** … and beyond this one of the plain harmful ones. */
const HARMFUL_LEVEL = 0.25;
/** The probe need not be as good as one that steers: so many prompts of each kind fit it in seconds. */
export const MOST_BENIGN = 500;
export const MOST_HARMFUL = 500;

export interface FlaggedPrompt {
  prompt: Prompt;
  /** In standard deviations of benign prompts. */
  score: number;
}

export interface FlaggingInput {
  cache: RowCache;
  sets: CalibrationPrompts;
  /** The layers that judge together. */
  layers: readonly number[];
  onProgress?: ((done: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** The worst first. Rows of every prompt must be in the cache. @throws SteeringError `cancelled` */
export async function findFlaggedPrompts({ cache, sets, layers, onProgress, signal }: FlaggingInput): Promise<FlaggedPrompt[]> {
  const own = [...sets.train.own, ...sets.validation.own];
  const harmful = sets.train.harmful.filter(isPlain);
  const held = { benign: sets.validation.benign.filter(isEveryday), harmful: sets.validation.harmful.filter(isPlain) };
  if (own.length === 0 || harmful.length === 0 || held.benign.length === 0 || held.harmful.length === 0) return [];
  const seeds = subsample(harmful, MOST_HARMFUL);
  const vectors = await fitProbe<Prompt>({
    source: cache,
    layers,
    benign: subsample(sets.train.benign, MOST_BENIGN).map((prompt) => ({ prompt, weight: 1 })),
    harmful: seeds,
    seeds,
    onProgress,
    signal,
  });
  const reads = layers.map((layer, index) => ({ layer, w: vectors[index]! }));
  const pooled = async (prompts: readonly Prompt[]) => (await peakScores(cache, prompts, reads, signal)).pooled;
  const [benign, dangerous, scored] = [await pooled(held.benign), await pooled(held.harmful), await pooled(own)];
  const threshold = Math.max(quantile(sorted(benign), BENIGN_LEVEL), quantile(sorted(dangerous), HARMFUL_LEVEL));
  const { mean, deviation } = moments(benign);
  return own
    .map((prompt, row) => ({ prompt, c: scored[row]! }))
    .filter(({ c }) => c > threshold)
    .sort((a, b) => b.c - a.c)
    .map(({ prompt, c }) => ({ prompt, score: (c - mean) / deviation }));
}

const isPlain = ({ wrapper }: Prompt): boolean => wrapper === undefined;
const isEveryday = (prompt: Prompt): boolean => isPlain(prompt) && !soundsDangerous(prompt);

function moments(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.max(Math.sqrt(variance), 1e-9) };
}
