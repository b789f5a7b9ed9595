/** The prompts of a calibration: the built-in sets, and the admin's own. */
import { createHash } from 'node:crypto';
import type { SteeringProfile } from '../profile/index.ts';
import { buildCalibrationSet, promptSetHashes, splitOf, type Prompt } from '../prompts/index.ts';

/** The most built-in prompts of each part; absent: all. */
export interface PromptLimits {
  train: { benign?: number; harmful?: number; perWrapper?: number };
  validation: { benign?: number; harmful?: number; perWrapper?: number };
}

/** Prompts in their parts. `own` are the admin's; they weigh more, since they are what must stay untouched. */
export interface CalibrationPrompts {
  train: { benign: Prompt[]; harmful: Prompt[]; own: Prompt[] };
  validation: { benign: Prompt[]; harmful: Prompt[]; own: Prompt[] };
}

/** The same prompts for the same input. @param own texts of the admin's prompts; empty ones and repetitions do not count */
export function calibrationPrompts(seed: number, own: readonly string[], limits: PromptLimits): CalibrationPrompts {
  const mine = [...new Set(own.map((text) => text.trim()).filter((text) => text !== ''))].map(ownPrompt);
  return {
    train: {
      ...buildCalibrationSet({ split: 'train', seed, limits: limits.train }),
      own: mine.filter(({ id }) => splitOf(id) === 'train'),
    },
    validation: {
      ...buildCalibrationSet({ split: 'validation', seed, limits: limits.validation }),
      own: mine.filter(({ id }) => splitOf(id) !== 'train'),
    },
  };
}

/** One of the admin's prompts. */
export function ownPrompt(text: string): Prompt {
  return { id: `own-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text, kind: 'own', language: 'en' };
}

/** Every prompt of every part. */
export function everyPrompt({ train, validation }: CalibrationPrompts): Prompt[] {
  return [train, validation].flatMap((part) => [...part.benign, ...part.harmful, ...part.own]);
}

/** The built-in sets as a profile names them. */
export function builtInSets(): SteeringProfile['promptSets'] {
  return Object.entries(promptSetHashes()).map(([name, sha256]) => ({ name, role: 'built-in', sha256, count: 0 }));
}

/** What a profile says about the prompts it was made from: the built-in sets, what was drawn from them, and the admin's own. */
export function setIdentities(sets: CalibrationPrompts, own: readonly string[]): SteeringProfile['promptSets'] {
  const used = Object.entries(sets).flatMap(([split, parts]: [string, CalibrationPrompts['train']]) =>
    Object.entries(parts).flatMap(([role, prompts]) =>
      prompts.length === 0 ? [] : [{ name: split, role, sha256: hash(prompts.map(({ id }) => id)), count: prompts.length }],
    ),
  );
  return [...builtInSets(), ...used, ...(own.length === 0 ? [] : [{ name: 'own', role: 'own', sha256: hash(own), count: own.length }])];
}

function hash(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
