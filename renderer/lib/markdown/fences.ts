/**
 * A code block of Markdown that holds code blocks. CommonMark ends it at the first bare fence, which is that of the block
 * inside, and the rest of the document shatters. Models nest them like brackets: a fence that names a language opens.
 */
import type { Tokens } from 'marked';

const OPENING = /^( {0,3})(`{3,})[ \t]*(markdown|md|mdx)[ \t]*(?:\n|$)/i;
const FENCE = /^ {0,12}(`{3,})[ \t]*([^`\n]*)$/;

/**
 * The block at the start of `source` when it is one of Markdown with blocks inside; undefined for any other, and for one that
 * never ends, unless more text may come.
 */
export function nestedFence(source: string, growing: boolean): Tokens.Code | undefined {
  const opening = OPENING.exec(source);
  if (opening === null) return undefined;
  const [head, indent = '', fence = '', lang = ''] = opening;
  const lines = source.slice(head.length).split('\n');
  let depth = 0;
  let nests = false;
  for (const [index, line] of lines.entries()) {
    const match = FENCE.exec(line);
    if (match === null) continue;
    const [, marks = '', info = ''] = match;
    if (info.trim() !== '') {
      depth++;
      nests = true;
    } else if (depth > 0) {
      depth--;
    } else if (marks.length >= fence.length) {
      // Without a block inside CommonMark reads the same.
      return nests ? block(source, head, lines, index, indent, lang) : undefined;
    }
  }
  return nests && growing ? block(source, head, lines, lines.length, indent, lang) : undefined;
}

function block(source: string, head: string, lines: readonly string[], end: number, indent: string, lang: string): Tokens.Code {
  const inside = lines.slice(0, end);
  const length = inside.reduce((sum, line) => sum + line.length + 1, head.length) + (lines[end]?.length ?? 0);
  const raw = source.slice(0, length);
  const text =
    indent === '' ? inside.join('\n') : inside.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join('\n');
  return { type: 'code', raw, lang, text };
}
