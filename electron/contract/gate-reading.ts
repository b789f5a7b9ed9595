/** Why the gate opened for a prompt or stayed shut, token by token, small enough to be kept with every reply. */
import { z } from 'zod';

/** The most tokens whose scores are kept; of a longer prompt those around the one that decided. */
export const MAX_HEAT_TOKENS = 1024;
/** Scores are kept in 8 bits: u from −4 to 4 in steps of 1/32. */
const HEAT_LEAST = -4;
const HEAT_STEPS = 32;
/** The longest part of a text that kept tokens can cover, in UTF-16 units. */
const MAX_HEAT_BYTES = 8 * MAX_HEAT_TOKENS;

const index = z.number().int().nonnegative();
const bytes = z.base64().max(4 * Math.ceil(MAX_HEAT_BYTES / 3));

/** Scores of tokens, one after the other. What they are of is the prompt's text, so they go where it goes. */
export const tokenHeat = z.strictObject({
  /** Which of the tokens that were read is the first that is kept, and where in the text it begins, in UTF-16 units. */
  first: index,
  start: index,
  /** How many UTF-16 units of the text each token adds, one byte each; 255 means 255 and what the next byte says. Empty: the tokens cannot be laid over the text. */
  lengths: bytes,
  /** u of each token, one byte: (u + 4) · 32. */
  scores: bytes,
});
export type TokenHeat = z.infer<typeof tokenHeat>;

/**
 * What else than a message can open the gate: of a conversation's past its system prompt, a reply that was not written here under protection, or an earlier
 * message; and the answer itself, while it is written.
 */
export const opener = z.enum(['system', 'reply', 'message', 'answer']);
export type Opener = z.infer<typeof opener>;

/** What was read in a prompt. Each u is in units of the gate: 0 is the threshold, 1 is fully open. */
export const gateReading = z.strictObject({
  /** How many tokens were read. */
  tokens: index,
  /** Where the person's own text lies among them: from (inclusive), to (exclusive). Before it are instructions, behind it the template. */
  text: z.tuple([index, index]),
  /** Of the whole prompt. */
  u: z.number(),
  /** Each probe's highest token; `confirmed`: it opens nothing that the second stage does not confirm. */
  probes: z
    .array(z.strictObject({ probe: z.number().int().min(0).max(7), u: z.number(), at: index, confirmed: z.boolean() }))
    .min(1)
    .max(8),
  /** What the second stage says; null where it is not asked. */
  second: z.number().nullable(),
  /** It was read without the characters that hid its letters, since that opened the gate wider. */
  plain: z.literal(true).optional(),
  /** What else had opened the gate, wider than this prompt does. Absent: nothing had. */
  opened: opener.optional(),
});
export type GateReading = z.infer<typeof gateReading>;

/** With the tokens; `heat` is null where the text is not kept. */
export const heatedReading = gateReading.extend({ heat: tokenHeat.nullable() });
export type HeatedReading = z.infer<typeof heatedReading>;

/** u in 8 bits, cut off at −4 and just below 4. */
export function heatByte(u: number): number {
  return Math.min(255, Math.max(0, Math.round((u - HEAT_LEAST) * HEAT_STEPS)));
}

/** The u that a byte stands for. */
export function heatOf(byte: number): number {
  return byte / HEAT_STEPS + HEAT_LEAST;
}

/** Lengths as bytes, see `tokenHeat`. */
export function lengthBytes(lengths: readonly number[]): Uint8Array<ArrayBuffer> {
  const result: number[] = [];
  for (const length of lengths) {
    let left = length;
    for (; left >= 255 && result.length < MAX_HEAT_BYTES; left -= 255) result.push(255);
    result.push(Math.min(left, 254));
  }
  return Uint8Array.from(result);
}

/** The lengths that bytes stand for. */
export function lengthsOf(bytes: Uint8Array): number[] {
  const result: number[] = [];
  let sum = 0;
  for (const byte of bytes) {
    sum += byte;
    if (byte === 255) continue;
    result.push(sum);
    sum = 0;
  }
  return result;
}

/** The probe that decided: the one whose stage gave the prompt its u. */
export function decidingProbe({ probes, second }: Pick<GateReading, 'probes' | 'second'>): GateReading['probes'][number] {
  // What has to be confirmed opens no wider than the second stage says.
  const said = ({ u, confirmed }: GateReading['probes'][number]) => (confirmed && second !== null ? Math.min(u, second) : u);
  return probes.reduce((best, probe) => (said(probe) > said(best) || (said(probe) === said(best) && probe.u > best.u) ? probe : best));
}
