/**
 * LaTeX in Markdown: `$…$`, `\(…\)`, `$$…$$` and `\[…\]`, told apart from prices ("$5 to $10"), shell variables and
 * code. Only finds the formulas; `katex.ts` sets them.
 */
import type { MarkedExtension, Tokens } from 'marked';
import { escapeHtml } from './escape.ts';

export interface MathToken extends Tokens.Generic {
  readonly type: 'blockMath' | 'inlineMath';
  readonly raw: string;
  readonly tex: string;
  readonly display: boolean;
}

// A formula never contains a blank line: TeX forbids it, and it keeps an unclosed one from swallowing what follows. Nor is
// it endless, so that a text of many beginnings is not searched to its end from each.
const ANY = String.raw`(?:(?!\n[ \t]*\n)[\s\S]){1,4000}?`;
const BLOCK = new RegExp(String.raw`^ {0,3}(?:\$\$(${ANY})\$\$|\\\[(${ANY})\\\])[ \t]*(?:\n+|$)`);
const PARENTHESES = new RegExp(String.raw`^\\\((${ANY})\\\)`);
const BRACKETS = new RegExp(String.raw`^(?:\\\[(${ANY})\\\]|\$\$(${ANY})\$\$)`);
/** One dollar: no space inside the signs, one line, no code, and no Latin letter or digit right behind. */
const DOLLAR = /^\$(?![\s$])((?:\\.|[^$\\\n`])+?)(?<!\s)\$(?![\p{Script=Latin}\p{N}$])/u;
/** Behind these a dollar is a unit ("10$", "US$"), or escaped. Scripts without spaces may touch a formula. */
const BEFORE_UNIT = /[\p{Script=Latin}\p{N}$\\]$/u;
/** No formula begins with a sign that ends something, nor with a quotation mark. */
const NO_FORMULA = /^(?:[)\]};:!?/"“”'’»]|[.,](?!\d))/;

/** Whether a bracket closes what was opened outside: "$ (net), cost ($" is text in which the sign is a unit. */
function closesOutside(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character) && --depth < 0) return true;
  }
  return depth > 0 && !/[\\^_=]/.test(text);
}

/** Whether text between two dollar signs is prose about money: it starts with an amount and has words but no TeX. */
function isProse(text: string): boolean {
  return /^\d/.test(text) && /\p{L}{2,}/u.test(text) && /\s/.test(text) && !/[\\^_{}=]/.test(text);
}

function matchInline(src: string, before: string): { raw: string; tex: string; display: boolean } | undefined {
  const parentheses = PARENTHESES.exec(src);
  if (parentheses !== null) return { raw: parentheses[0], tex: parentheses[1] ?? '', display: false };
  const brackets = BRACKETS.exec(src);
  if (brackets !== null) return { raw: brackets[0], tex: brackets[1] ?? brackets[2] ?? '', display: true };
  if (BEFORE_UNIT.test(before)) return undefined;
  const dollar = DOLLAR.exec(src);
  const tex = dollar?.[1] ?? '';
  if (dollar !== null && !isProse(tex) && !NO_FORMULA.test(tex) && !closesOutside(tex)) return { raw: dollar[0], tex, display: false };
  return undefined;
}

/** The place where a formula may start, or undefined. */
function found(index: number): number | undefined {
  return index === -1 ? undefined : index;
}

function placeholder(token: Tokens.Generic): string {
  const { tex, display } = token as MathToken;
  const text = escapeHtml(tex.trim());
  return `<span class="math${display ? ' math-display' : ''}">${text}</span>`;
}

/** Formulas become `<span class="math">TeX</span>`, display ones with `math-display` as well. */
export const mathExtension: MarkedExtension = {
  extensions: [
    {
      name: 'blockMath',
      level: 'block',
      start: (src) => {
        // Only the paragraph at hand is cut by a formula; what follows is asked about in its turn.
        const end = src.search(/\n[ \t]*\n/);
        const match = /(?:^|\n) {0,3}(?=\$\$|\\\[)/.exec(end === -1 ? src : src.slice(0, end));
        return match === null ? undefined : match.index + (match[0].startsWith('\n') ? 1 : 0);
      },
      tokenizer: (src) => {
        const match = BLOCK.exec(src);
        if (match === null) return undefined;
        return { type: 'blockMath', raw: match[0], tex: match[1] ?? match[2] ?? '', display: true };
      },
      renderer: (token) => `<p>${placeholder(token)}</p>`,
    },
    {
      name: 'inlineMath',
      level: 'inline',
      start: (src) => found(src.search(/\$|\\[([]/)),
      tokenizer: (src, tokens) => {
        const match = matchInline(src, tokens.at(-1)?.raw.slice(-2) ?? '');
        return match === undefined ? undefined : { type: 'inlineMath', ...match };
      },
      renderer: placeholder,
    },
  ],
};
