/** The prompts of a calibration: the built-in sets, and the admin's own. */
import { createHash } from 'node:crypto';
import type { SteeringProfile } from '../profile/index.ts';
import { buildCalibrationSet, promptSetHashes, splitOf, type Prompt, type Split } from '../prompts/index.ts';
import { contrastPairs } from '../prompts/pairs/contrasts.ts';
import { matchedPairs } from '../prompts/pairs/matched-pairs.ts';
import { subsample } from './subsample.ts';

/** The most built-in prompts of each part; absent: all, but of `pairs` none. */
export interface PromptLimits {
  train: PartLimits;
  validation: PartLimits;
}

interface PartLimits {
  benign?: number;
  harmful?: number;
  perWrapper?: number;
  /** Matched pairs, and as many contrast pairs at most. */
  pairs?: number;
}

/** Prompts in their parts. `own` are the admin's; they weigh more, since they are what must stay untouched. */
export interface CalibrationPrompts {
  train: PromptPart;
  validation: PromptPart;
}

interface PromptPart {
  benign: Prompt[];
  harmful: Prompt[];
  own: Prompt[];
  /** Requests about the same subjects in the same manner, for the second stage of the gate. */
  pairs: { harmless: Prompt[]; harmful: Prompt[] };
}

/** The same prompts for the same input. @param own texts of the admin's prompts; empty ones and repetitions do not count */
export function calibrationPrompts(seed: number, own: readonly string[], limits: PromptLimits): CalibrationPrompts {
  const mine = [...new Set(own.map((text) => text.trim()).filter((text) => text !== ''))].map(ownPrompt);
  return {
    train: {
      ...buildCalibrationSet({ split: 'train', seed, limits: limits.train }),
      own: mine.filter(({ id }) => splitOf(id) === 'train'),
      pairs: pairsOf('train', limits.train.pairs),
    },
    validation: {
      ...buildCalibrationSet({ split: 'validation', seed, limits: limits.validation }),
      own: mine.filter(({ id }) => splitOf(id) !== 'train'),
      pairs: pairsOf('validation', limits.validation.pairs),
    },
  };
}

/** English pairs of one split, at most `most` of each kind a side; harmless and harmful ones of a contrast pair stay together. */
function pairsOf(split: Split, most = 0): PromptPart['pairs'] {
  if (most === 0) return { harmless: [], harmful: [] };
  const [matched, contrasts] = [matchedPairs(), contrastPairs()];
  const side = (name: 'harmless' | 'harmful') => [
    ...subsample(
      matched[name].filter((prompt) => prompt.split === split),
      most,
    ),
    ...subsample(
      contrasts[name].filter((prompt) => prompt.split === split),
      most,
    ),
  ];
  return { harmless: side('harmless'), harmful: side('harmful') };
}

/** One of the admin's prompts. */
export function ownPrompt(text: string): Prompt {
  return { id: `own-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text, kind: 'own', language: 'en' };
}

/** Every prompt of every part. */
export function everyPrompt({ train, validation }: CalibrationPrompts): Prompt[] {
  return [train, validation].flatMap(({ benign, harmful, own, pairs }) => [
    ...benign,
    ...harmful,
    ...own,
    ...pairs.harmless,
    ...pairs.harmful,
  ]);
}

/** The built-in sets as a profile names them. */
export function builtInSets(): SteeringProfile['promptSets'] {
  return Object.entries(promptSetHashes()).map(([name, sha256]) => ({ name, role: 'built-in', sha256, count: 0 }));
}

/** What a profile says about the prompts it was made from: the built-in sets, what was drawn from them, and the admin's own. */
export function setIdentities(sets: CalibrationPrompts, own: readonly string[]): SteeringProfile['promptSets'] {
  const used = Object.entries(sets).flatMap(([split, parts]: [string, PromptPart]) =>
    Object.entries({ ...parts, pairs: [...parts.pairs.harmless, ...parts.pairs.harmful] }).flatMap(([role, prompts]) =>
      prompts.length === 0 ? [] : [{ name: split, role, sha256: hash(prompts.map(({ id }) => id)), count: prompts.length }],
    ),
  );
  return [...builtInSets(), ...used, ...(own.length === 0 ? [] : [{ name: 'own', role: 'own', sha256: hash(own), count: own.length }])];
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
