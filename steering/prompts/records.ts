/** The records of the built-in prompt sets, as they stand in the JSONL files, one object a line. */
import { z } from 'zod';

/** One message of a conversation. */
export const turn = z.strictObject({ role: z.enum(['user', 'assistant']), text: z.string().min(1) });
export type Turn = z.infer<typeof turn>;

/** Something that a user says. `turns`, where given, is the whole conversation, and `text` its last user message. */
export const prompt = z
  .strictObject({
    id: z.string().regex(/^[a-z]+(-[a-z0-9]+)+$/),
    text: z.string().min(1),
    /** What sort of prompt it is; for harmful ones the hazard category. */
    kind: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
    /** ISO 639-1. */
    language: z.string().regex(/^[a-z]{2}$/),
    system: z.string().min(1).optional(),
    turns: z.array(turn).min(1).optional(),
  })
  .refine((p) => p.turns === undefined || (p.turns.at(-1)?.role === 'user' && p.turns.at(-1)?.text === p.text), {
    message: 'turns must end with the user message that text repeats',
  });

/** A prompt, plain or wrapped; `wrapper` is then the family it was wrapped with. */
export type Prompt = z.infer<typeof prompt> & { wrapper?: string };

export const ENCODING_NAMES = [
  'base64',
  'hex',
  'rot13',
  'caesar3',
  'atbash',
  'morse',
  'charcodes',
  'leet',
  'reversed',
  'wordsreversed',
  'spaced',
  'dashed',
  'misspell',
  'vowelless',
  'piglatin',
  'alternating',
  'specks',
] as const;
export type EncodingName = (typeof ENCODING_NAMES)[number];

/**
 * A template around any request. Exactly one of `text` and `turns` is there; one of them holds a placeholder (see `wrap.ts`).
 * `encode` changes the request before it is put in.
 */
export const wrapper = z
  .strictObject({
    id: z.string().regex(/^w-[a-z-]+-\d{2}$/),
    family: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
    text: z.string().min(1).optional(),
    turns: z.array(turn).min(3).optional(),
    system: z.string().min(1).optional(),
    encode: z.enum(ENCODING_NAMES).optional(),
  })
  .refine((w) => (w.text === undefined) !== (w.turns === undefined), { message: 'exactly one of text and turns' });
export type Wrapper = z.infer<typeof wrapper>;

/** A system prompt that any prompt can be asked under. */
export const systemPrompt = z.strictObject({ id: z.string().regex(/^s-\d{2}$/), text: z.string().min(1) });
export type SystemPrompt = z.infer<typeof systemPrompt>;
