/** Sets of prompts that come with the app, for evaluations: those that no calibration learns from or chooses by. */
import type { BuiltInSet } from '../contract/index.ts';
import { loadPromptSets, soundsDangerous, splitOf } from '../../steering/prompts/index.ts';

export const BUILT_IN_NAMES: Readonly<Record<BuiltInSet, string>> = {
  harmful: 'Harmful requests (built in)',
  harmless: 'Everyday requests (built in)',
  'sounds-dangerous': 'Harmless, sounds dangerous (built in)',
};

/** @throws SteeringError `bad-input` where they are missing from the installation */
export function builtInPrompts(kind: BuiltInSet): string[] {
  const { benign, harmful } = loadPromptSets();
  const from = kind === 'harmful' ? harmful : benign.filter((prompt) => soundsDangerous(prompt) === (kind === 'sounds-dangerous'));
  // Conversations and system prompts are left out: a prompt by itself is what an admin reads.
  return from
    .filter((prompt) => splitOf(prompt.id) === 'test' && prompt.system === undefined && prompt.turns === undefined)
    .map(({ text }) => text);
}
