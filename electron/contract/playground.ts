/** The playground: one prompt under two settings side by side, read while it is typed and answered on demand. And tests kept from it. */
import { z } from 'zod';
import { id, layerScore, verdict } from './conversation.ts';
import { heatedReading } from './gate-reading.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();
const count = z.number().int().nonnegative();

/** The longest text of a turn or of the instructions, in UTF-16 units, and the most turns. */
export const MAX_PLAYGROUND_LENGTH = 20_000;
export const MAX_PLAYGROUND_TURNS = 41;
const text = z.string().max(MAX_PLAYGROUND_LENGTH);

/** What is tried: what was said before, if anything, and the message, which comes last. */
export const playgroundPrompt = z
  .object({
    systemPrompt: text,
    turns: z
      .array(z.object({ role: z.enum(['user', 'assistant']), text: text.min(1) }).strict())
      .min(1)
      .max(MAX_PLAYGROUND_TURNS)
      .refine((turns) => turns.every(({ role }, at) => role === (at % 2 === 0 ? 'user' : 'assistant')) && turns.length % 2 === 1, {
        message: 'turns alternate, and the first and the last are the user’s',
      }),
  })
  .strict();
export type PlaygroundPrompt = z.infer<typeof playgroundPrompt>;

/** How a prompt is tried. */
export const playgroundSide = z
  .object({
    /** Null: without protection. */
    profileId: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
    /** Times the profile's own strength. */
    strength: z.number().min(0).max(3),
    /** How far the threshold is moved, in units of the gate: above 0 less is refused. */
    threshold: z.number().min(-3).max(3),
  })
  .strict();
export type PlaygroundSide = z.infer<typeof playgroundSide>;

/** What was read of a prompt. */
export const playgroundReading = z.object({
  /** Null without protection, or where the profile reads one token alone. */
  reading: heatedReading.nullable(),
  scores: z.array(layerScore),
  /** Whether protection pushes. */
  steered: z.boolean(),
  promptTokens: count,
});
export type PlaygroundReading = z.infer<typeof playgroundReading>;

export const playgroundReply = playgroundReading.extend({
  text: z.string(),
  finishReason: z.enum(['end', 'length', 'stopped', 'context-full']),
  verdict,
});
export type PlaygroundReply = z.infer<typeof playgroundReply>;

/** A set of tests that were kept, by an admin's name for it. */
export const testSet = z.object({ id, name: z.string(), prompts: count });
export type TestSet = z.infer<typeof testSet>;

export const MAX_TEST_SET_NAME = 120;

/** Behind the lock, always. */
export const playgroundRequests = {
  /**
   * Reads a prompt under each of the sides; nothing is written. A newer reading cancels the older.
   * @throws `cancelled`, `busy` while a job has the engine, `model-not-loaded`, `context-overflow`, `policy`
   */
  'playground.read': {
    input: z.object({ prompt: playgroundPrompt, sides: z.array(playgroundSide).min(1).max(2) }).strict(),
    output: z.object({ sides: z.array(playgroundReading) }),
  },
  /**
   * Writes a reply, told as `playground.text` meanwhile. Nothing of it is kept or logged.
   * @throws as a reading, and `policy` where replies with less than the protection in force may not be seen here
   */
  'playground.reply': {
    input: z.object({ replyId: id, prompt: playgroundPrompt, side: playgroundSide, maxTokens: z.number().int().min(1).max(1024) }).strict(),
    output: playgroundReply,
  },
  /** Ends what is read and written. Nothing happens where nothing is. */
  'playground.stop': { input: nothing, output: nothing },

  'tests.list': { input: nothing, output: z.object({ sets: z.array(testSet) }) },
  /** Puts a prompt into the set of that name, which is made where there is none. One that is there already stays one. @throws `conflict` where it is full */
  'tests.keep': {
    input: z.object({ name: z.string().trim().min(1).max(MAX_TEST_SET_NAME), prompt: playgroundPrompt }).strict(),
    output: testSet,
  },
  /** Removes a set with all its prompts. Evaluations that took it keep theirs. @throws `not-found` */
  'tests.discard': { input: z.object({ id }).strict(), output: nothing },
} as const satisfies Contract['requests'];

export const playgroundEvents = {
  /** New text of a reply that is written. `offset` is the length of the text before `delta`. */
  'playground.text': z.object({ replyId: id, offset: count, delta: z.string() }),
  'tests.changed': nothing,
} as const satisfies Contract['events'];
