/** The prompts of a calibration: the built-in sets, and the admin's own. */
import { createHash } from 'node:crypto';
import type { EnginePrompt } from '../engine/protocol.ts';
import { buildCalibrationSet, splitOf, type Prompt } from '../../steering/prompts/index.ts';
import type { Budget } from '../contract/index.ts';
import { BUDGETS, type Limits } from './budget.ts';

/** Prompts in their parts. `own` are the admin's; they weigh more, since they are what must stay untouched. */
export interface CalibrationPrompts {
  train: { benign: Prompt[]; harmful: Prompt[]; own: Prompt[] };
  validation: { benign: Prompt[]; harmful: Prompt[]; own: Prompt[] };
}

export function calibrationPrompts(
  budget: Budget,
  seed: number,
  own: readonly string[],
  limits: Limits = BUDGETS[budget].builtIn,
): CalibrationPrompts {
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

function ownPrompt(text: string): Prompt {
  return { id: `own-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`, text, kind: 'own', language: 'en' };
}

/** A prompt as the engine takes it. */
export function enginePromptOf(prompt: Prompt): EnginePrompt {
  return { systemPrompt: prompt.system ?? '', turns: prompt.turns ?? [{ role: 'user', text: prompt.text }] };
}
