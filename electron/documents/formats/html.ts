/** HTML as plain text, with headings and lists as Markdown has them. Scripts, styles and what a page hides are left out. */
import { Parser } from 'htmlparser2';
import type { TextSink } from '../text-sink.ts';
import { UnreadableDocument } from '../unreadable.ts';

const SKIPPED = new Set(['script', 'style', 'noscript', 'template', 'svg', 'head', 'iframe', 'object', 'select', 'textarea']);
const BLOCKS = new Set(
  ['p', 'div', 'section', 'article', 'header', 'footer', 'main', 'aside', 'nav', 'ul', 'ol', 'table', 'blockquote', 'pre', 'figure'].concat(
    [...['figcaption', 'dl', 'dt', 'dd', 'hr', 'address', 'form', 'fieldset', 'details', 'summary', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']],
  ),
);
/** Elements without an end: what is hidden in them ends at once. */
const VOID = new Set(['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'source', 'track', 'wbr']);
/** Browsers stop at 512; the parser takes longer with every level. */
const MAX_DEPTH = 2000;
const HIDING = /(?:display\s*:\s*none|visibility\s*:\s*hidden)/i;

/** Writes the text of HTML, which may come in several calls for several files. Broken HTML is read as browsers read it. @throws UnreadableDocument for what nests too deeply */
export function htmlToText(html: string, sink: TextSink): void {
  /** How many elements deep nothing is read; 0 where it is. */
  let skipping = 0;
  let preformatted = 0;
  let depth = 0;
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (++depth > MAX_DEPTH) throw new UnreadableDocument('It is nested too deeply to be read.');
        if (skipping > 0) {
          if (!VOID.has(name)) skipping++;
          return;
        }
        const hidden = 'hidden' in attributes || HIDING.test(attributes['style'] ?? '');
        if (SKIPPED.has(name) || hidden) {
          if (!VOID.has(name)) skipping = 1;
          return;
        }
        if (name === 'pre') preformatted++;
        if (name === 'br') sink.push('\n');
        else if (name === 'li') sink.push('\n- ');
        else if (name === 'tr') sink.push('\n');
        else if (name === 'td' || name === 'th') sink.push('\t');
        else if (BLOCKS.has(name)) sink.push(/^h[1-6]$/.test(name) ? `\n\n${'#'.repeat(Number(name[1]))} ` : '\n\n');
      },
      onclosetag(name) {
        depth--;
        if (skipping > 0) {
          if (!VOID.has(name)) skipping--;
          return;
        }
        if (name === 'pre') preformatted = Math.max(0, preformatted - 1);
        if (BLOCKS.has(name)) sink.push('\n\n');
      },
      ontext(text) {
        if (skipping === 0) sink.push(preformatted > 0 ? text : text.replace(/\s+/g, ' '));
      },
    },
    { decodeEntities: true },
  );
  // In pieces, so that a sink that is full ends it.
  const PIECE = 64 * 1024;
  for (let at = 0; at < html.length && !sink.isFull; at += PIECE) parser.write(html.slice(at, at + PIECE));
  parser.end();
  sink.push('\n\n');
}
