/** Conversations of other programs, told apart by their shape. */
import { fromChatGpt, isChatGpt } from './chatgpt.ts';
import { fromClaude, isClaude } from './claude.ts';
import { fromJan, isJan } from './jan.ts';
import { fromLlamaCpp, isLlamaCpp } from './llama-cpp.ts';
import { fromLmStudio, isLmStudio } from './lm-studio.ts';
import { fromOpenWebUi, isOpenWebUi } from './open-webui.ts';
import type { ForeignConversation } from './turns.ts';
import { isFields, type Fields } from './values.ts';

export { nothingLeftOut, toConversation, type ForeignConversation } from './turns.ts';

const KINDS: readonly (readonly [(value: Fields) => boolean, (value: Fields) => ForeignConversation])[] = [
  [isChatGpt, fromChatGpt],
  [isClaude, fromClaude],
  [isOpenWebUi, fromOpenWebUi],
  [isLlamaCpp, fromLlamaCpp],
  [isJan, fromJan],
  [isLmStudio, fromLmStudio],
];

/** The conversation that a value of a file is; null where it is none of a program that is known. */
export function foreignConversation(value: unknown): ForeignConversation | null {
  if (!isFields(value)) return null;
  const kind = KINDS.find(([is]) => is(value));
  return kind === undefined ? null : kind[1](value);
}
