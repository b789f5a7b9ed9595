/** Model output as HTML: what must never get through, and what must look right. */
import { describe, expect, test } from 'vitest';
import { IncrementalMarkdown, renderMarkdown } from '../../../renderer/lib/markdown/incremental.ts';

function html(text: string): string {
  return renderMarkdown(text)
    .map((block) => (block.kind === 'html' ? block.html : `<pre>${block.language}|${block.code}</pre>`))
    .join('');
}

function dom(text: string): HTMLElement {
  const root = document.createElement('div');
  root.innerHTML = html(text);
  return root;
}

describe('as a chat shows it', () => {
  test('a single line break is one', () => {
    const root = dom('An old silent pond\nA frog jumps into the pond\nSplash! Silence again');
    expect(root.querySelectorAll('p')).toHaveLength(1);
    expect(root.querySelectorAll('br')).toHaveLength(2);
  });

  test.each([
    ['**中文：**中文', '中文：'],
    ['中文**“强调”**中文', '“强调”'],
    ['これは**「重要」**です。', '「重要」'],
    ['**"bold"**text', '"bold"'],
    ['**Note:**text', 'Note:'],
    ['a **b** c', 'b'],
  ])('%s is bold', (text, bold) => {
    const root = dom(text);
    expect([...root.querySelectorAll('strong')].map((strong) => strong.textContent)).toEqual([bold]);
    expect(root.textContent).not.toContain('*');
  });

  test.each(['x**(a+b)**y', '2 ** 3 and 4 ** 5', '`**"a"**b`', '**unclosed', '\\*\\*a\\*\\*'])('%s is not', (text) => {
    expect(dom(text).querySelector('strong')).toBeNull();
  });

  test('a block of Markdown with blocks inside is one block', () => {
    const inside = '# Title\n\n```js\nlet a = 1;\n```\n\nText\n\n```sh\nls\n```';
    const blocks = renderMarkdown(`Here:\n\n\`\`\`markdown\n${inside}\n\`\`\`\n\nDone.`);
    expect(blocks).toMatchObject([
      { kind: 'html' },
      { kind: 'code', language: 'markdown', code: inside },
      { kind: 'html', html: expect.stringContaining('Done.') as string },
    ]);
  });

  test('and is while it is written; where it never ends, it ends as CommonMark says', () => {
    const text = '```markdown\n# T\n\n```js\na\n```\n\nAfter';
    expect(new IncrementalMarkdown().update(text, true)).toHaveLength(1);
    expect(renderMarkdown(text)).toHaveLength(2);
    expect(renderMarkdown('```md\n# T\n```\nAfter')).toHaveLength(2);
  });
});

describe('right to left', () => {
  const directions = (root: ParentNode, selector: string) =>
    [...root.querySelectorAll(selector)].map((element) => element.getAttribute('dir'));

  test('each block goes by its own first letter, code never', () => {
    const root = dom('مرحبا Python\n\nHello\n\n`code` مرحبا\n\n# عنوان');
    expect(directions(root, 'p, h1')).toEqual(['auto', 'auto', 'auto', 'auto']);
    expect(directions(root, 'code')).toEqual(['ltr']);
  });

  test('lists, quotes and tables by what they hold', () => {
    const root = dom('- `x` واحد\n- two\n\n> - شيء\n\n| اسم | n |\n|--|--|\n| ا | 1 |');
    expect(directions(root, 'ul')).toEqual(['rtl', 'rtl']);
    expect(directions(root, 'li')).toEqual(['rtl', 'ltr', 'rtl']);
    expect(directions(root, 'blockquote, table')).toEqual(['rtl', 'rtl']);
    expect(new Set(directions(root, 'th, td'))).toEqual(new Set(['auto']));
    expect(directions(dom('- one\n- אחד'), 'ul')).toEqual(['ltr']);
  });
});

describe('what must never get through', () => {
  test.each([
    '<script>alert(1)</script>',
    'text <script>alert(1)</script> text',
    '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)><circle/></svg>',
    '<iframe src="https://example.com"></iframe>',
    '<style>body{display:none}</style>',
    '<p style="position:fixed" onclick="alert(1)">x</p>',
    '<a href="javascript:alert(1)">x</a>',
    '<form action="https://example.com"><input name=a></form>',
    '<b onmouseover=alert(1)>x</b>',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<details open ontoggle=alert(1)>',
    '$<img src=x onerror=alert(1)>$',
    '$$<script>alert(1)</script>$$',
    '`<img src=x onerror=alert(1)>`',
    '| <img src=x onerror=alert(1)> |\n|--|\n| <script>x</script> |',
  ])('%s makes no active element and no handler', (text) => {
    const root = dom(text);
    expect(root.querySelector('script, style, img, svg, iframe, form, object, embed, link, meta, base, details')).toBeNull();
    for (const element of root.querySelectorAll('*')) {
      for (const { name, value } of element.attributes) {
        expect(name).not.toMatch(/^on|^style$|^src/i);
        expect(value).not.toMatch(/javascript:/i);
      }
    }
  });

  test('raw HTML is shown as the text it is', () => {
    expect(dom('Use <div class="a">this</div>.').textContent).toContain('<div class="a">this</div>');
    expect(dom('<section>\nhello\n</section>').textContent).toContain('<section>');
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    '/relative',
    '#anchor',
    'steady://app/',
  ])('a link to %s is text only', (href) => {
    const root = dom(`[click](<${href}>)`);
    expect(root.querySelector('a')).toBeNull();
    expect(root.textContent).toContain('click');
  });

  test('an image becomes a link that loads nothing by itself', () => {
    const root = dom('![a cat](https://example.com/cat.png "Cat")');
    expect(root.querySelector('img')).toBeNull();
    const link = root.querySelector('a');
    expect(link?.getAttribute('href')).toBe('https://example.com/cat.png');
    expect(link?.textContent).toBe('a cat');
    expect(dom('![x](data:image/png;base64,AAAA)').innerHTML).not.toContain('data:');
  });
});

describe('what must look right', () => {
  test('links open elsewhere and give nothing away', () => {
    const link = dom('[site](https://example.com/?a=1&b=2)').querySelector('a');
    expect(link?.getAttribute('target')).toBe('_blank');
    expect(link?.getAttribute('rel')).toBe('noopener noreferrer');
    expect(link?.getAttribute('href')).toBe('https://example.com/?a=1&b=2');
  });

  test('tables keep their alignment and scroll by themselves', () => {
    const root = dom('| a | b |\n|:-:|--:|\n| 1 | 2 |');
    expect(root.querySelector('.table-scroll > table')).not.toBeNull();
    expect([...root.querySelectorAll('td')].map((cell) => cell.getAttribute('align'))).toEqual(['center', 'right']);
  });

  test('task lists have boxes that cannot be ticked', () => {
    const boxes = [...dom('- [x] done\n- [ ] open').querySelectorAll('input')];
    expect(boxes.map((box) => [box.type, box.checked, box.disabled])).toEqual([
      ['checkbox', true, true],
      ['checkbox', false, true],
    ]);
  });

  test('code keeps every character and its language', () => {
    expect(renderMarkdown('```ts title=x\nconst a = 1 < 2 && "<b>";\n```')).toEqual([
      { kind: 'code', key: 0, language: 'ts', code: 'const a = 1 < 2 && "<b>";' },
    ]);
    expect(dom('- item\n\n  ```py\n  x = 1\n  ```').querySelector('pre code')?.className).toBe('language-py');
  });

  test('a numbered list that starts elsewhere keeps its numbers', () => {
    expect(dom('3. three\n4. four').querySelector('ol')?.getAttribute('start')).toBe('3');
  });

  test('plain inline tags that models use are kept', () => {
    expect(dom('H<sub>2</sub>O<br>x').querySelector('sub')?.textContent).toBe('2');
  });
});
