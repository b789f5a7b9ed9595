/** What of a model's context is for what: one way to count it, and to say it. */
import { z } from 'zod';

/** A message that was counted before it is sent. */
export const measure = z.object({
  /** Of each text. */
  texts: z.array(z.number().int()),
  /** Of the whole message, with the system prompt and what the chat template adds. */
  tokens: z.number().int(),
  /** How many may be sent at once. */
  room: z.number().int(),
  contextSize: z.number().int(),
});
export type Measure = z.infer<typeof measure>;

/** A quarter of the context is kept free for the reply, unless fewer tokens are wanted. */
const REPLY_SHARE = 0.25;

/** The tokens that are left for a prompt in front of a reply of at most `maxTokens` more. */
export function roomFor(contextSize: number, maxTokens: number): number {
  return contextSize - Math.min(maxTokens, Math.floor(contextSize * REPLY_SHARE)) - 1;
}

const number = (value: number) => value.toLocaleString('en');

/** Why a message is too long, for a person. */
export function tooLongMessage({ tokens, room, contextSize }: Pick<Measure, 'tokens' | 'room' | 'contextSize'>): string {
  return `This message is longer than the model can read: ${number(tokens)} tokens, and ${number(room)} fit. ${roomMessage({ room, contextSize })}`;
}

/** How much the model reads at once, and what of it a reply gets. */
function roomMessage({ room, contextSize }: Pick<Measure, 'room' | 'contextSize'>): string {
  if (room >= contextSize) return `It holds ${number(contextSize)} at once.`;
  return `It holds ${number(contextSize)} at once, and ${number(contextSize - room)} of them are kept free for its reply.`;
}
