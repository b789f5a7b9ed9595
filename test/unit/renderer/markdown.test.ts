/** Model output as HTML: what must never get through, and what must look right. */
import { describe, expect, test } from 'vitest';
import { renderMarkdown } from '../../../renderer/lib/markdown/incremental.ts';

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
