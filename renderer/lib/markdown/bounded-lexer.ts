/**
 * A Markdown lexer whose depth and work the text cannot choose. A quote in a quote, an emphasis in an emphasis, is one
 * call inside the other; lines that leave nested quotes step by step are parsed again at each step; and some inline
 * rules look as far as the text goes from every character. A model that repeats itself writes such text unasked. What
 * goes beyond the bounds stays plain text.
 */
import { Lexer, type Token, type Tokens } from 'marked';

/** Containers within containers, and inline markup within inline markup, that are parsed. */
export const MAX_NESTING = 12;
/** Characters that nested containers may be parsed anew, beside those that the source's own length allows. */
const BASE_WORK = 200_000;
const WORK_PER_CHARACTER = 24;
/** What a call costs, however short its text, in characters. */
const CALL_COST = 64;
/** Inline text is parsed in pieces of at most this many characters. */
const INLINE_PIECE = 2_000;

const plain = (text: string): Tokens.Text => ({ type: 'text', raw: text, text, escaped: false });

/** Where to cut a text that is too long for one piece: behind a line, else behind a word, else anywhere. */
function pieceEnd(source: string, start: number): number {
  const end = start + INLINE_PIECE;
  if (end >= source.length) return source.length;
  for (const gap of ['\n', ' ']) {
    const at = source.lastIndexOf(gap, end - 1);
    if (at > start) return at + 1;
  }
  // Not between the halves of a character beyond the basic plane.
  return source.codePointAt(end - 1)! > 0xffff ? end - 1 : end;
}

export class BoundedLexer extends Lexer {
  /** Whether more text may follow: a block without an end may still get one. */
  growing = false;
  #blocks = 0;
  #inlines = 0;
  #work = 0;

  override lex(source: string) {
    this.#work = BASE_WORK + WORK_PER_CHARACTER * source.length;
    return super.lex(source);
  }

  override blockTokens(source: string, tokens: Token[] = [], lastParagraphClipped?: boolean): never {
    if (this.#blocks > 0) this.#work -= source.length + CALL_COST;
    if (this.#blocks > MAX_NESTING || this.#work < 0) {
      this.state.top = true;
      if (source !== '') tokens.push({ ...plain(source), tokens: [plain(source)] });
      return tokens as never;
    }
    this.#blocks++;
    try {
      return super.blockTokens(source, tokens, lastParagraphClipped) as never;
    } finally {
      this.#blocks--;
    }
  }

  override inlineTokens(source: string, tokens: Token[] = []): Token[] {
    if (this.#inlines > MAX_NESTING) {
      tokens.push(plain(source));
      return tokens;
    }
    this.#inlines++;
    try {
      for (let start = 0, end; start < source.length; start = end) {
        end = pieceEnd(source, start);
        super.inlineTokens(source.slice(start, end), tokens);
      }
      return tokens;
    } finally {
      this.#inlines--;
    }
  }
}
