/** Markdown parsed piece by piece must come out exactly as Markdown parsed at once. */
import DOMPurify from 'dompurify';
import { describe, expect, test, vi } from 'vitest';
import { IncrementalMarkdown, renderMarkdown, type Block } from '../../../renderer/lib/markdown/incremental.ts';
import { mend } from '../../../renderer/lib/markdown/mend.ts';

const DOCUMENTS: Record<string, string> = {
  prose: 'First line\nsecond line.\n\nA **bold** word, an *italic* one.\n\n\n\nLast.',
  headings: '# One\ntext\n## Two\n\nSetext\n===\nmore\n---\nend',
  lists: '- a\n- b\n\n  still b\n- c\n\n1. one\n   - nested\n     deep\n2. two\n\nafter\n\n* * *\n- x\n\n\n- y loose',
  code: 'Before\n```python\ndef f():\n\n    return 1\n```\nafter\n\n    indented\n\n    code\n\n~~~\ntilde\n```\n~~~\nend\n```\nunclosed',
  tables: 'Intro\n| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 | `|` |\n\nafter\n\n| x |\n|-|\n',
  math: 'Let $x$ be\n\n$$\na\n$$\n\n\\[\nb\n\\]\ntext \\(c\\) costs $5 or $6\n$$d$$\nend $$ open',
  quotes: '> a\n> b\nlazy\n\n> - c\n>   d\n>\n> ```\n> e\n> ```\n\nend',
  links: 'See [one] and [two][2].\n\nText.\n\n[one]: https://example.com/1\n[2]: https://example.com/2 "T"\n\nAgain [one].',
  html: 'a <b>b</b>\n\n<div>\nraw *x*\n\nmore\n</div>\n\n<!-- note -->\n\n<script>\nx\n\ny\n</script>\nend',
  odd: '\n\n  \n- \n-\n--\n---\n***\n__a__\n+ \n1.\n1. x\n#\n#x\n>\n`` ` ``\n[\n](\n![a](b\n|\n|-\n',
  windows: 'a\r\n\r\n- b\r\n- c\r\n\r\n```\r\nd\r\n```\r\n',
  tabs: '-\ta\n\t- b\n\n\tcode?\n\n1.\tc',
};

/** A small seeded generator, so that a failure can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function chunks(text: string, longest: number, next: () => number): string[] {
  const cut: string[] = [];
  for (let at = 0; at < text.length;) {
    const size = 1 + Math.floor(next() * longest);
    cut.push(text.slice(at, at + size));
    at += size;
  }
  return cut;
}

describe.each(Object.entries(DOCUMENTS))('%s', (_name, text) => {
  test('every prefix, one character at a time, equals parsing that prefix at once', () => {
    const markdown = new IncrementalMarkdown();
    for (let end = 1; end <= text.length; end++) {
      const prefix = text.slice(0, end);
      expect(markdown.update(prefix), JSON.stringify(prefix)).toEqual(renderMarkdown(prefix));
    }
  });

  test('mending while it grows leaves no trace in the end', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const markdown = new IncrementalMarkdown();
      let written = '';
      for (const chunk of chunks(text, 9, random(seed))) markdown.update((written += chunk), true);
      expect(markdown.update(text), `seed ${seed}`).toEqual(renderMarkdown(text));
    }
  });
});

test('documents joined in any order come out the same', () => {
  const all = Object.values(DOCUMENTS);
  for (let seed = 1; seed <= 30; seed++) {
    const next = random(seed);
    const text = Array.from({ length: 4 }, () => all[Math.floor(next() * all.length)]).join(next() < 0.5 ? '\n\n' : '\n');
    const markdown = new IncrementalMarkdown();
    let written = '';
    for (const chunk of chunks(text, 30, next)) markdown.update((written += chunk), true);
    expect(markdown.update(text), `seed ${seed}`).toEqual(renderMarkdown(text));
  }
});

test('settled blocks keep their identity, so the page does not touch them', () => {
  const markdown = new IncrementalMarkdown();
  const before = markdown.update('# Title\n\nfirst\n\n```js\nlet a;\n```\n\nlast', true);
  const after = markdown.update('# Title\n\nfirst\n\n```js\nlet a;\n```\n\nlast words', true);
  expect(after).toHaveLength(4);
  expect(after.slice(0, 3).every((block: Block, index: number) => block === before[index])).toBe(true);
});

test('another text starts anew', () => {
  const markdown = new IncrementalMarkdown();
  markdown.update('one\n\ntwo\n\nthree');
  expect(markdown.update('four')).toEqual(renderMarkdown('four'));
});

test('each update renders the last blocks only, however long the text is', () => {
  const sanitise = vi.spyOn(DOMPurify, 'sanitize');
  try {
    const markdown = new IncrementalMarkdown();
    let text = '';
    for (let index = 0; index < 200; index++) markdown.update((text += 'Some **text** with `code` and $x$.\n\n'), true);
    expect(sanitise.mock.calls.length).toBeLessThanOrEqual(2 * 200);
  } finally {
    sanitise.mockRestore();
  }
});

describe('mending', () => {
  test.each([
    ['plain text', 'plain text'],
    ['a **bold', 'a **bold**'],
    ['a **bold** b', 'a **bold** b'],
    ['a **', 'a '],
    ['a `code', 'a `code`'],
    ['see [the site](https://exam', 'see the site'],
    ['so \\[ x = ', 'so …'],
    ['so \\( x', 'so …'],
    ['$$ x', '…'],
    ['\\[ x \\] and', '\\[ x \\] and'],
    ['2 * 3', '2 * 3'],
  ])('%j → %j', (raw, mended) => {
    expect(mend(raw)).toBe(mended);
  });
});
