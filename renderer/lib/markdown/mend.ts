/** Makes the unfinished end of a text presentable: half-written markup is closed or left out until it is whole. */

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Cuts an unclosed display formula; it appears in one piece once it is complete. */
function withoutOpenFormula(text: string): string {
  for (const [open, close] of [
    ['\\[', '\\]'],
    ['\\(', '\\)'],
  ] as const) {
    const start = text.lastIndexOf(open);
    if (start !== -1 && text.indexOf(close, start) === -1) return `${text.slice(0, start)}…`;
  }
  if (count(text, '$$') % 2 === 1) return `${text.slice(0, text.lastIndexOf('$$'))}…`;
  return text;
}

/** The raw text of a block that is still being written, with its open markup closed. */
export function mend(raw: string): string {
  let text = withoutOpenFormula(raw);
  if (text.includes('```')) return text;
  if (count(text, '`') % 2 === 1) return `${text}\``;
  text = text.replace(/!?\[([^\]\n]*)\]\([^)\n]*$/, '$1');
  const trailing = /(?:\*{1,3}|_{1,3}|~~?)$/.exec(text);
  // A marker with nothing behind it yet may open or close: an odd number of them means it opens.
  if (trailing !== null && count(text, trailing[0]) % 2 === 1) return text.slice(0, trailing.index);
  return count(text, '**') % 2 === 1 ? `${text.trimEnd()}**` : text;
}
