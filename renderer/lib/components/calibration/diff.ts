/** Which words of a text are new against another, for showing what changed. */

export interface Piece {
  readonly text: string;
  readonly added: boolean;
}

const MOST_WORDS = 400;

/** `after` in pieces; those that a shortest edit of `before` adds are marked. Long texts are compared in their beginnings. */
export function addedWords(before: string, after: string): Piece[] {
  const a = words(before);
  const b = words(after);
  const kept = commonWords(a.slice(0, MOST_WORDS), b.slice(0, MOST_WORDS));
  const pieces: { text: string; added: boolean }[] = [];
  b.forEach((text, index) => {
    const added = index < MOST_WORDS && !kept.has(index) && text.trim() !== '';
    const last = pieces.at(-1);
    // A space between two new words belongs to them.
    if (last !== undefined && (last.added === added || (text.trim() === '' && last.added && !kept.has(index)))) last.text += text;
    else pieces.push({ text, added });
  });
  return pieces;
}

function words(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
}

/** Indexes into `b` of a longest common subsequence of `a` and `b`. */
function commonWords(a: readonly string[], b: readonly string[]): Set<number> {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] =
        a[i] === b[j]
          ? (table[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0);
    }
  }
  const kept = new Set<number>();
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) {
      kept.add(j);
      i++;
      j++;
    } else if ((table[(i + 1) * width + j] ?? 0) >= (table[i * width + j + 1] ?? 0)) i++;
    else j++;
  }
  return kept;
}
