/** Which tokens of a prompt are captured for calibration. */
import type { TokenSegment } from './segments.ts';

/** This share of the tokens are the prompt's last ones, where a request has been read whole. */
const TAIL_SHARE = 1 / 4;

/**
 * Up to `most` tokens of those that a plan reads: from the first of what the last turn's person wrote to the end of the
 * generation prompt. Where there are more, the last ones are kept and the rest is thinned out evenly.
 * @returns positions in the whole prompt, ascending
 */
export function capturedTokens(segments: readonly TokenSegment[], most: number): number[] {
  const before = segments.slice(0, -1).reduce((sum, { tokens }) => sum + tokens.length, 0);
  const { tokens, readFrom = 0 } = segments.at(-1)!;
  const from = before + Math.min(readFrom, tokens.length - 1);
  const count = before + tokens.length - from;
  if (count <= most) return Array.from({ length: count }, (_, index) => from + index);
  const tail = Math.max(1, Math.ceil(most * TAIL_SHARE));
  const spread = most - tail;
  return [
    ...Array.from({ length: spread }, (_, index) => from + Math.floor((index * (count - tail)) / spread)),
    ...Array.from({ length: tail }, (_, index) => from + count - tail + index),
  ];
}
