/**
 * Bold text beside punctuation. CommonMark lets `**` neither open nor close between a punctuation mark and a letter, which
 * leaves `**中文：**中文` and `**"quoted"**text` with their asterisks. Models mean bold by them, and chat apps show it.
 */
import type { Tokens } from 'marked';

/** Up to the next two asterisks: no space inside the marks, code kept whole, one paragraph. */
const STRONG = /^\*\*(?![\s*])((?:\\.|`[^`\n]{0,500}`|[^*\\`\n]|\n(?![ \t]*\n)|\*(?!\*)){1,1000}?)(?<![\s*])\*\*(?!\*)/u;
const PUNCTUATION = /^[\p{P}\p{S}]/u;
/** Latin words and numbers before it: `x**(a+b)**y` is a power. */
const OPERAND = /[\p{Script=Latin}\p{N})\]]$/u;

interface InlineLexer {
  inlineTokens(source: string): Tokens.Generic[];
}

/** Bold text at the start of `source` that CommonMark leaves as it is; undefined where there is none. `before`: the character in front. */
export function looseStrong(source: string, before: string, lexer: InlineLexer): Tokens.Strong | undefined {
  const match = STRONG.exec(source);
  const text = match?.[1];
  if (match === null || text === undefined) return undefined;
  if (PUNCTUATION.test(text) && OPERAND.test(before)) return undefined;
  return { type: 'strong', raw: match[0], text, tokens: lexer.inlineTokens(text) };
}
