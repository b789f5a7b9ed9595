/**
 * Markdown while it is written. Text only grows at its end, so all blocks but the last are settled: they are parsed
 * once and keep their identity, and each update parses the last block alone.
 */
import type { Tokens } from 'marked';
import { lex, renderBlock, type Links } from './marked.ts';
import { mend } from './mend.ts';

export type Block =
  /** `key`: where the block starts in the text, in UTF-16 units. */
  | { readonly kind: 'html'; readonly key: number; readonly html: string }
  | { readonly kind: 'code'; readonly key: number; readonly language: string; readonly code: string };

const MENDABLE = new Set(['paragraph', 'heading', 'list', 'blockquote', 'text']);

function toBlock(token: Tokens.Generic, key: number): Block {
  if (token.type === 'code') {
    const { lang, text } = token as Tokens.Code;
    return { kind: 'code', key, language: lang?.trim().split(/\s/)[0] ?? '', code: text };
  }
  return { kind: 'html', key, html: renderBlock(token) };
}

function sameLinks(a: Links, b: Links): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key]?.href === b[key]?.href && a[key]?.title === b[key]?.title);
}

export class IncrementalMarkdown {
  #source = '';
  #settled: readonly Block[] = [];
  /** Where the last, unsettled block starts. */
  #settledEnd = 0;
  /** Link definitions of the settled part, and of the whole text when the settled blocks were rendered. */
  #settledLinks: Links = {};
  #links: Links = {};

  /**
   * The blocks of `text`. With `growing`, half-written markup at the end is mended for display; without, the result is
   * exactly that of parsing the whole text at once.
   */
  update(text: string, growing = false): readonly Block[] {
    const source = text.replace(/\r\n?/g, '\n');
    if (source.startsWith(this.#source)) this.#source = source;
    else this.#reset(source);

    let lexed = lex(source.slice(this.#settledEnd), this.#settledLinks, growing);
    if (this.#settled.length > 0 && !sameLinks(lexed.links, this.#links)) {
      // A link definition can change every block before it.
      this.#reset(source);
      lexed = lex(source, {}, growing);
    }
    const lastToken = lexed.tokens.findLast((token) => token.type !== 'space');
    if (lastToken === undefined) return this.#settled;

    const settled: Block[] = [...this.#settled];
    let offset = this.#settledEnd;
    for (const token of lexed.tokens) {
      if (token === lastToken) break;
      if (token.type !== 'space') settled.push(toBlock(token, offset));
      offset += token.raw.length;
    }
    this.#settled = settled;
    this.#links = lexed.links;
    if (offset !== this.#settledEnd) {
      this.#settledEnd = offset;
      this.#settledLinks = Object.keys(lexed.links).length === 0 ? {} : lex(source.slice(0, offset)).links;
    }
    return [...settled, toBlock(growing ? this.#mended(lastToken) : lastToken, offset)];
  }

  #mended(token: Tokens.Generic): Tokens.Generic {
    if (!MENDABLE.has(token.type)) return token;
    const raw = mend(token.raw);
    if (raw === token.raw) return token;
    return lex(raw, this.#links, true).tokens.find((part) => part.type !== 'space') ?? token;
  }

  #reset(source: string): void {
    this.#source = source;
    this.#settled = [];
    this.#settledEnd = 0;
    this.#settledLinks = {};
    this.#links = {};
  }
}

/** The blocks of a whole text. */
export function renderMarkdown(text: string): readonly Block[] {
  return new IncrementalMarkdown().update(text);
}
