/** LaTeX told apart from money, shell and code. */
import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../../renderer/lib/markdown/incremental.ts';

/** The formulas found in a text; display ones are marked. */
function formulas(text: string): string[] {
  const root = document.createElement('div');
  root.innerHTML = renderMarkdown(text)
    .map((block) => (block.kind === 'html' ? block.html : ''))
    .join('');
  return [...root.querySelectorAll('.math')].map((math) => (math.classList.contains('math-display') ? 'D:' : '') + math.textContent);
}

describe('formulas', () => {
  test.each([
    ['$x$', ['x']],
    ['The cost is $O(n \\log n)$.', ['O(n \\log n)']],
    ['$a_1$ and $b_2$ and *$c$*', ['a_1', 'b_2', 'c']],
    ['\\(a+b\\) then \\(c\\)', ['a+b', 'c']],
    ['\\[\nE = mc^2\n\\]', ['D:E = mc^2']],
    ['$$\n\\frac{1}{2}\n$$', ['D:\\frac{1}{2}']],
    ['text\n$$x$$\nmore', ['D:x']],
    ['so $$x$$ inline', ['D:x']],
    ['- item \\(x\\)\n- \\[y\\]', ['x', 'D:y']],
    ['| $a$ | b |\n|--|--|\n| \\(c\\) | d |', ['a', 'c']],
    ['$5x + 3$', ['5x + 3']],
    ['$10^{-3}\\text{ m}$', ['10^{-3}\\text{ m}']],
    ['$a < b$ & $c > d$', ['a < b', 'c > d']],
    ['$\\$5$', ['\\$5']],
    ['$[0, 1)$ and $|x|$', ['[0, 1)', '|x|']],
    ['其中$x$是变量', ['x']],
    ['$f(x) = (x+1)$, \\(a^2\\)', ['f(x) = (x+1)', 'a^2']],
  ])('%j', (text, expected) => {
    expect(formulas(text)).toEqual(expected);
  });
});

describe('not formulas', () => {
  test.each([
    'It costs $5.',
    'It costs $5 to $10 a month.',
    'From $5-$10, or US$5/A$6.',
    'I pay $20 now (about 18 €) and he owes me 5$.',
    'Use $HOME/bin:$PATH in the shell.',
    'echo $A $B $C',
    '`$x$` and ``$y$``',
    '```sh\necho $x$y$\n```',
    'A price of $1,000 and another of $2,500.',
    'Escaped \\$x\\$ stays.',
    'An unclosed $x and no more.',
    '$$ alone',
    'Brackets [a](https://example.com) and (b).',
    '$ x $',
    'Revenue ($), cost ($), profit ($)',
    '10$/20$ per head',
    'Cost ($/unit) and price ($/unit)',
    'Net $ (before tax), gross $',
    'from 10$, up to 20$, never 30$.',
    'The US$, the CA$ and the A$.',
    'Say "$" or "$".',
  ])('%j', (text) => {
    expect(formulas(text)).toEqual([]);
  });

  test('money is shown as it was written', () => {
    const block = renderMarkdown('It costs $5 to $10.')[0];
    expect(block).toMatchObject({ kind: 'html', html: '<p dir="auto">It costs $5 to $10.</p>\n' });
  });

  test('an unclosed formula does not swallow the next paragraph', () => {
    expect(formulas('$$\nx\n\nA new paragraph with $y$.\n\n$$')).toEqual(['y']);
  });
});
