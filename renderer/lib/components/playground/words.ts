/** What the playground shows, in words. */
import type { PlaygroundReply, PlaygroundSide, ProfileEntry, TestSet } from '../../contract.ts';
import { formatDateTime } from '../../util/dates.ts';
import { plural } from '../../util/format.ts';
import { VERDICT_TITLES } from '../evaluation/words.ts';

export const SIDE_NAMES = ['A', 'B'] as const;

export const WITHOUT = 'Without protection';

/** A profile as it is chosen. Several of one model can have the same name. */
export function profileLabel({ name, current, createdAt }: Pick<ProfileEntry, 'name' | 'current' | 'createdAt'>): string {
  return `${name}, ${current ? 'protects now' : formatDateTime(createdAt)}`;
}

/** "as strong as the profile says", "half…": how much is pushed. */
export function strengthWords(strength: number): string {
  if (strength === 0) return 'nothing is added';
  if (strength === 1) return 'as the profile says';
  return `${strength.toFixed(2)} times what the profile says`;
}

export function thresholdWords(threshold: number): string {
  if (threshold === 0) return 'as the profile says';
  return `${Math.abs(threshold).toFixed(2)} ${threshold > 0 ? 'higher: less is refused' : 'lower: more is refused'}`;
}

/** What became of a reply, in a sentence. */
export function replyWords({ verdict, steered, finishReason }: PlaygroundReply, { profileId }: PlaygroundSide): string {
  const pushed = profileId === null ? '' : steered ? ' Protection pushed.' : ' Protection added nothing.';
  const cut = { end: '', stopped: ' It was stopped.', length: ' It is longer than asked for.', 'context-full': ' The context is full.' };
  return `${VERDICT_TITLES[verdict]}.${pushed}${cut[finishReason]}`;
}

export function keptWords({ name, prompts }: TestSet): string {
  return `Kept in “${name}”, which has ${plural(prompts, 'test')} now. Evaluation lists it.`;
}
