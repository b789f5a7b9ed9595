/** Text that no page should fall over: a small model that repeats itself writes it unasked. */
import DOMPurify from 'dompurify';
import katex from 'katex';
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';
import './support/browser.ts';
import Markdown from '../../../renderer/lib/components/chat/Markdown.svelte';
import { IncrementalMarkdown, renderMarkdown } from '../../../renderer/lib/markdown/incremental.ts';
import { loadKatex, renderMath } from '../../../renderer/lib/markdown/katex.ts';
import { lex } from '../../../renderer/lib/markdown/marked.ts';

/** Generous: what is meant are seconds that do not grow with the square of the text, on a machine that does other things too. */
const SECONDS = 30;

const REPEATED: Record<string, string> = {
  'quotes in quotes, 2,000': '> '.repeat(2_000),
  'quotes in quotes, 30,000': '> '.repeat(30_000),
  'lists in lists, 4,000': '1. '.repeat(4_000),
  'lists in lists, 30,000': '1. '.repeat(30_000),
  'a list and a line below': `${'+ '.repeat(15_000)}\nfoo\n`,
  'quotes, lists, numbers in turn': '> - 1. '.repeat(4_000),
  'lists by indentation': Array.from({ length: 300 }, (_, level) => `${'  '.repeat(level)}- x`).join('\n'),
  'steps out of nested quotes': Array.from({ length: 200 }, (_, step) => `${'>'.repeat(200 - step)} x`).join('\n'),
  'wide steps out of nested quotes': Array.from({ length: 12 }, (_, step) => `${'>'.repeat(12 - step)} x\n`.repeat(200)).join(''),
  'emphasis in emphasis': `${'*a _b '.repeat(4_000)}c${'_*'.repeat(4_000)}`,
  'strong in strong': `${'**a '.repeat(4_000)}${'a** '.repeat(4_000)}`,
  'brackets, open': '['.repeat(30_000),
  'brackets, closed': `${'['.repeat(10_000)}a${']'.repeat(10_000)}`,
  'links in links': `${'['.repeat(5_000)}a${'](x)'.repeat(5_000)}`,
  'images in images': `${'!['.repeat(5_000)}a${'](x)'.repeat(5_000)}`,
  'inline tags, open': '<b>'.repeat(10_000),
  'exclamation marks': '!'.repeat(30_000),
  'marks in turn': '!?'.repeat(15_000),
  'words with an underscore': 'a_'.repeat(15_000),
  'formulas begun': '$$ a\n'.repeat(2_000),
  'formulas begun in a line': '\\('.repeat(10_000),
};

const textOf = (text: string) => {
  const root = document.createElement('div');
  root.innerHTML = renderMarkdown(text)
    .map((block) => (block.kind === 'html' ? block.html : ''))
    .join('');
  return root.textContent;
};

describe('within seconds, and without a fault', () => {
  test.each(Object.entries(REPEATED))(
    '%s',
    (_name, text) => {
      expect(renderMarkdown(text).length).toBeGreaterThan(0);
      // As it comes, in the pieces in which a page gets it.
      const markdown = new IncrementalMarkdown();
      for (const share of [0.25, 0.5, 0.75]) markdown.update(text.slice(0, share * text.length), true);
      expect(markdown.update(text)).toEqual(renderMarkdown(text));
    },
    SECONDS * 1_000,
  );

  test(
    'many paragraphs cost what each costs',
    () => {
      expect(lex('a\n\n'.repeat(10_000)).tokens).toHaveLength(20_000);
    },
    SECONDS * 1_000,
  );
});

describe('beyond the bound text is text', () => {
  test('nothing of it is lost', () => {
    expect(textOf(`${'> '.repeat(40)}the end`)).toContain('> > > the end');
    expect(textOf(`${'1. '.repeat(40)}the end`)).toContain('1. 1. the end');
    expect(textOf(`${'*a _b '.repeat(20)}the end${'_*'.repeat(20)}`)).toContain('the end');
    expect(textOf(`${'<b>'.repeat(20)}the end`)).toContain('<b><b>the end');
  });

  test('what people write is below it', () => {
    const root = document.createElement('div');
    const html = (text: string) =>
      (root.innerHTML = renderMarkdown(text)
        .map((block) => (block.kind === 'html' ? block.html : ''))
        .join(''));
    html(`${'> '.repeat(10)}x`);
    expect(root.querySelectorAll('blockquote')).toHaveLength(10);
    html(Array.from({ length: 8 }, (_, level) => `${'  '.repeat(level)}- x`).join('\n'));
    expect(root.querySelectorAll('ul')).toHaveLength(8);
    // Nor is a long list worked through by halves.
    html('- a\n  - b\n    - **c**\n'.repeat(500));
    expect(root.querySelectorAll('strong')).toHaveLength(500);
  });

  test('a long paragraph keeps its words and its emphasis', () => {
    const words = Array.from({ length: 3_000 }, (_, index) => `**word${index}** 😀`).join(' ');
    const root = document.createElement('div');
    root.innerHTML = renderMarkdown(words)
      .map((block) => (block.kind === 'html' ? block.html : ''))
      .join('');
    expect(root.textContent.trim()).toBe(words.replaceAll('**', ''));
    expect(root.querySelectorAll('strong').length).toBeGreaterThan(2_950);
  });
});

describe('a formula that nests deep', () => {
  test('is shown as it is written', async () => {
    await loadKatex();
    const element = document.createElement('span');
    element.textContent = `${'{'.repeat(20_000)}x${'}'.repeat(20_000)}`;
    renderMath(element, element.textContent, false);
    expect(element.textContent).toMatch(/^{{{/);
    const spy = vi.spyOn(katex, 'renderToString').mockImplementation(() => {
      throw new RangeError('Maximum call stack size exceeded');
    });
    const log = vi.spyOn(console, 'error').mockReturnValue();
    element.textContent = 'x^2';
    renderMath(element, 'x^2', false);
    expect(element.textContent).toBe('x^2');
    spy.mockRestore();
    log.mockRestore();
  });
});

describe('a message that cannot be rendered', () => {
  let mounted: Record<string, unknown> | null = null;
  afterEach(() => {
    if (mounted !== null) void unmount(mounted);
    mounted = null;
    document.body.replaceChildren();
    vi.restoreAllMocks();
  });

  test('is shown as plain text, and the one beside it as ever', () => {
    vi.spyOn(console, 'error').mockReturnValue();
    const sanitize = DOMPurify.sanitize.bind(DOMPurify);
    vi.spyOn(DOMPurify, 'sanitize').mockImplementation(((html: string, options: object) => {
      if (html.includes('unlucky')) throw new RangeError('Maximum call stack size exceeded');
      return sanitize(html, options);
    }) as never);
    mounted = mount(Markdown, { target: document.body, props: { text: 'an **unlucky**\none', growing: false } });
    const other = mount(Markdown, { target: document.body, props: { text: 'a **lucky** one', growing: false } });
    flushSync();
    expect(document.body.textContent).toContain('an **unlucky**\none');
    expect(document.querySelector('strong')?.textContent).toBe('lucky');
    void unmount(other);
  });
});
