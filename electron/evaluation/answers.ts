/** Whether a reply ends with the right answer: exact match, of the final number where the answer is one. */

const NUMBER = /(?:(?<![\w)])[-−])?(?:\d+(?:[,\u00a0\u202f]\d{3})*(?:\.\d+)?|(?<!\d)\.\d+)/gu;
/** What solutions put their result behind; what follows the last of them comes before any other number. */
const MARKS = [/####/gu, /\\boxed\s*\{/gu, /\b(?:final\s+)?answer\s*(?:is|:|=)/giu];

/**
 * @param reply the whole reply
 * @param answer what is right: a number, compared by its value, or a text, compared without case and punctuation
 */
export function isCorrect(reply: string, answer: string): boolean {
  const wanted = numberOf(answer);
  if (wanted === null) return plain(finalText(reply)) === plain(answer);
  const found = finalNumber(reply);
  return found !== null && Math.abs(found - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted));
}

/** The number that a reply ends with; null without any. */
export function finalNumber(reply: string): number | null {
  for (const mark of MARKS) {
    const at = lastMatch(reply, mark);
    if (at === null) continue;
    // The first number behind the mark; what else is said there is about it.
    const first = (reply.slice(at).match(NUMBER) ?? []).map(valueOf).find((value) => value !== null);
    if (first !== undefined) return first;
  }
  return (reply.match(NUMBER) ?? []).map(valueOf).findLast((value) => value !== null) ?? null;
}

/** The text that a reply ends with: behind its last mark, else its last line. */
function finalText(reply: string): string {
  const last = reply.trim().split('\n').at(-1) ?? '';
  for (const mark of MARKS) {
    const at = lastMatch(last, mark);
    if (at !== null) return last.slice(at);
  }
  return last;
}

function lastMatch(text: string, mark: RegExp): number | null {
  const match = [...text.matchAll(mark)].at(-1);
  return match === undefined ? null : match.index + match[0].length;
}

/** An answer that is nothing but a number, with the signs that amounts carry. */
function numberOf(answer: string): number | null {
  const bare = answer
    .trim()
    .replace(/^[$€£]\s*/u, '')
    .replace(/\s*%$/u, '');
  return /^[-−]?[\d,]*\.?\d+$/u.test(bare) ? valueOf(bare) : null;
}

function valueOf(digits: string): number | null {
  const value = Number(digits.replace(/[,\u00a0\u202f]/gu, '').replace('−', '-'));
  return Number.isFinite(value) ? value : null;
}

function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
}
