/** A search snippet cut at its marks: U+E000 starts a match, U+E001 ends it. */
export interface SnippetPart {
  readonly text: string;
  readonly match: boolean;
}

/** Splits a marked snippet into plain and matching parts; stray marks are dropped. */
export function snippetParts(snippet: string): SnippetPart[] {
  const parts: SnippetPart[] = [];
  let match = false;
  for (const piece of snippet.split(/([\uE000\uE001])/u)) {
    if (piece === '\uE000') match = true;
    else if (piece === '\uE001') match = false;
    else if (piece !== '') parts.push({ text: piece, match });
  }
  return parts;
}
