/** A document's text in passages: where it is cut depends on the text alone. */

/** Passages are about this long, in UTF-16 units: some 300 tokens. */
const TARGET = 1200;
/** A cut is looked for from here on. */
const LEAST = 600;

/** Where to cut, best first. */
const BORDERS = [/\n\n/g, /\n/g, /[.!?。！？]\s?/g, /\s/g];

/** Cuts a text into pieces that make it up again, at ends of paragraphs, lines, sentences or words where there are any. */
export function cutPassages(text: string): { start: number; text: string }[] {
  const passages: { start: number; text: string }[] = [];
  for (let start = 0; start < text.length;) {
    const end = text.length - start <= TARGET ? text.length : start + lengthOf(text.slice(start, start + TARGET));
    passages.push({ start, text: text.slice(start, end) });
    start = end;
  }
  return passages;
}

function lengthOf(piece: string): number {
  for (const border of BORDERS) {
    const last = [...piece.matchAll(border)].findLast(({ index, 0: found }) => index + found.length >= LEAST);
    if (last !== undefined) return last.index + last[0].length;
  }
  // Never between the halves of a character.
  return /[\ud800-\udbff]$/.test(piece) ? piece.length - 1 : piece.length;
}
