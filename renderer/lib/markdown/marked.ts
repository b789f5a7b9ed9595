/** Markdown as this page reads it: GitHub's flavour, formulas, no raw HTML, no remote images. */
import { Marked, Renderer, Tokenizer, type Tokens } from 'marked';
import { BoundedLexer, MAX_NESTING } from './bounded-lexer.ts';
import { looseStrong } from './emphasis.ts';
import { escapeHtml } from './escape.ts';
import { nestedFence } from './fences.ts';
import { mathExtension } from './math.ts';
import { sanitise } from './sanitise.ts';

/** Inline markup that models write where Markdown has none; everything else in angle brackets is shown as text. */
const PLAIN_TAG = /^<(\/?)(br|sub|sup|kbd|mark|u|s|b|i|small|ins)\s*\/?>$/i;
const OPENABLE = /^(?:https?|mailto):/i;

const base = Renderer.prototype;
const rules = Tokenizer.prototype;
/** Inline tags that are open in the block that is being rendered. */
let openTags = 0;

/** Whether a tag is kept as markup; tags left open again and again would nest as deep as the text is long. */
function keepsTag(tag: string): boolean {
  const match = PLAIN_TAG.exec(tag);
  if (match === null) return false;
  if (match[2]?.toLowerCase() === 'br') return true;
  if (match[1] === '/') openTags = Math.max(0, openTags - 1);
  else if (openTags === MAX_NESTING) return false;
  else openTags++;
  return true;
}

const markdown = new Marked({
  gfm: true,
  // A line break that a model writes is meant: poems, addresses, lists without marks.
  breaks: true,
  tokenizer: {
    emStrong(source, masked, before = '') {
      return rules.emStrong.call(this, source, masked, before) ?? looseStrong(source, before, this.lexer);
    },
    fences(source) {
      return nestedFence(source, (this.lexer as BoundedLexer).growing) ?? false;
    },
  },
  renderer: {
    html({ text, block }: Tokens.HTML | Tokens.Tag) {
      if (keepsTag(text.trim())) return text;
      return block ? `<p>${escapeHtml(text.trim()).replaceAll('\n', '<br>')}</p>` : escapeHtml(text);
    },
    link({ href, title, tokens }) {
      return link(href, title, this.parser.parseInline(tokens));
    },
    // An image would be fetched from elsewhere; it stays a link that the reader may follow.
    image({ href, title, text }) {
      return link(href, title, escapeHtml(text === '' ? href : text));
    },
    table(token) {
      return `<div class="table-scroll">${base.table.call(this, token)}</div>`;
    },
  },
});
markdown.use(mathExtension);

function link(href: string, title: string | null | undefined, content: string): string {
  if (!OPENABLE.test(href)) return content;
  const hint = title === null || title === undefined || title === '' ? '' : ` title="${escapeHtml(title)}"`;
  return `<a href="${escapeHtml(href)}"${hint} target="_blank" rel="noopener noreferrer">${content}</a>`;
}

export type Links = Record<string, Pick<Tokens.Link | Tokens.Image, 'href' | 'title'>>;

export interface Lexed {
  readonly tokens: readonly Tokens.Generic[];
  readonly links: Links;
}

/** Cuts Markdown into blocks. `links` are reference definitions already known from the text before; `growing`: more text may come. */
export function lex(source: string, links: Links = {}, growing = false): Lexed {
  const lexer = new BoundedLexer(markdown.defaults);
  lexer.growing = growing;
  lexer.tokens.links = { ...links };
  const tokens = lexer.lex(source);
  return { tokens: tokens as Tokens.Generic[], links: tokens.links };
}

/** One block as harmless HTML. */
export function renderBlock(token: Tokens.Generic): string {
  openTags = 0;
  return sanitise(markdown.Parser.parse([token], markdown.defaults));
}
