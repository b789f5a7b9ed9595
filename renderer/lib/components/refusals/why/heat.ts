/** The kept scores of a prompt's tokens, laid over its text. */
import { decidingProbe, heatOf, lengthsOf, type HeatedReading } from '../../../contract.ts';

/** How much a part stands out, from nothing to strongly. */
export type HeatLevel = 0 | 1 | 2 | 3 | 4;

export interface HeatPart {
  /** As it stands in the prompt. */
  text: string;
  /** In units of the gate: 0 is the threshold of the part of protection that saw most in it, 1 as far above it as counts. */
  u: number;
  level: HeatLevel;
  /** What stood out most, to the part of protection that decided. */
  decided: boolean;
}

/** Where the token that decided stands: in what was said before the message, in it, or in what follows every message. */
export type DecidedAt = 'before' | 'text' | 'after';

export interface Heat {
  /** Tokens of the person's text, in their order; those that make one character together are one part. */
  parts: HeatPart[];
  /** Whether text was left out in front and behind. */
  cutBefore: boolean;
  cutAfter: boolean;
}

const LEVELS = [-2, -1, 0, 1];

export function levelOf(u: number): HeatLevel {
  return LEVELS.filter((least) => u > least).length as HeatLevel;
}

export function decidedAt(reading: HeatedReading): DecidedAt {
  const { at } = decidingProbe(reading);
  if (at < reading.text[0]) return 'before';
  return at < reading.text[1] ? 'text' : 'after';
}

/** Null where scores or text were not kept, or where the tokens cannot be laid over the text. */
export function heatOver(reading: HeatedReading, prompt: string | null): Heat | null {
  const { heat, text } = reading;
  if (heat === null || prompt === null || heat.lengths === '') return null;
  const [lengths, scores] = [lengthsOf(bytesOf(heat.lengths)), bytesOf(heat.scores)];
  const { at } = decidingProbe(reading);
  const parts: HeatPart[] = [];
  let end = heat.start;
  let pending: { u: number; decided: boolean } = { u: -Infinity, decided: false };
  for (let index = 0; index < Math.min(lengths.length, scores.length); index++) {
    const token = heat.first + index;
    if (token < text[0] || token >= text[1]) continue;
    const u = Math.max(pending.u, heatOf(scores[index]!));
    const decided = pending.decided || token === at;
    const length = lengths[index]!;
    if (length === 0) {
      pending = { u, decided };
      continue;
    }
    parts.push({ text: prompt.slice(end, end + length), u, level: levelOf(u), decided });
    end += length;
    pending = { u: -Infinity, decided: false };
  }
  if (parts.length === 0 || end > prompt.length) return null;
  return { parts, cutBefore: heat.start > 0, cutAfter: end < prompt.length };
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
