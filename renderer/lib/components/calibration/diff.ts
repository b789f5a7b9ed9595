/** Which words of a text are new against another, for showing what changed. */
import { diffArrays } from 'diff';

export interface Piece {
  readonly text: string;
  readonly added: boolean;
}

/** Longer texts are compared in their beginnings, in UTF-16 units. */
const COMPARED = 3_000;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' });
const words = (text: string) => Array.from(segmenter.segment(text.slice(0, COMPARED)), ({ segment }) => segment);

/** `after` in pieces; those that a shortest edit of `before` adds are marked. */
export function addedWords(before: string, after: string): Piece[] {
  const pieces = diffArrays(words(before), words(after))
    .filter(({ removed }) => !removed)
    .map(({ value, added }) => ({ text: value.join(''), added }));
  const rest = after.slice(COMPARED);
  return rest === '' ? pieces : [...pieces, { text: rest, added: false }];
}
