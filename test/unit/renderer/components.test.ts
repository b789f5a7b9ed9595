/** Components that carry logic of their own, mounted in a document. */
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';
import CodeBlock from '../../../renderer/lib/components/chat/CodeBlock.svelte';
import Markdown from '../../../renderer/lib/components/chat/Markdown.svelte';
import MessageBox from '../../../renderer/lib/components/chat/MessageBox.svelte';
import { Draft } from '../../../renderer/lib/state/draft.svelte.ts';

let mounted: Record<string, unknown>[] = [];
afterEach(() => {
  for (const component of mounted) void unmount(component);
  mounted = [];
  document.body.replaceChildren();
});

function render<Props extends Record<string, unknown>>(
  component: Parameters<typeof mount<Props, Record<string, unknown>>>[0],
  props: Props,
) {
  mounted.push(mount(component, { target: document.body, props }));
  flushSync();
}

describe('model output', () => {
  test('formulas are set without any style attribute in markup', async () => {
    render(Markdown, { text: 'Mass: $\\sqrt{\\frac{a}{b}}$ and \\[x^2\\]', growing: false });
    await vi.waitFor(() => expect(document.querySelectorAll('.katex')).toHaveLength(2), 10_000);
    expect(document.querySelector('.math-display .katex-display')).not.toBeNull();
    expect(document.querySelector('[data-style]')).toBeNull();
    expect(document.querySelector<HTMLElement>('.katex .strut')?.style.height).not.toBe('');
  });

  test('faulty TeX stays readable and breaks nothing', async () => {
    render(Markdown, { text: 'Bad $\\frac{1}$ here', growing: false });
    await vi.waitFor(() => expect(document.querySelector('.katex-error')).not.toBeNull(), 10_000);
    expect(document.body.textContent).toContain('here');
  });

  test('nested code gets the same frame as code of its own', () => {
    render(Markdown, { text: '1. Step\n   ```py\n   x = 1\n   ```\n\n```js\nlet a;\n```', growing: false });
    expect(document.querySelectorAll('figure pre code')).toHaveLength(2);
    expect([...document.querySelectorAll('figure code')].map((code) => code.textContent)).toEqual(['x = 1', 'let a;']);
    expect(document.querySelectorAll('button[aria-label="Copy code"]')).toHaveLength(2);
  });

  test('markup in a reply is text', () => {
    render(Markdown, { text: '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>', growing: false });
    expect(document.querySelector('img, script')).toBeNull();
    expect('hacked' in window).toBe(false);
  });
});

describe('code', () => {
  const CODE = 'def f(x):\n    """A\n    long text"""\n    return "a" + x  # note';

  test('is coloured by classes, and its text stays as it was', async () => {
    render(CodeBlock, { code: CODE, language: 'python' });
    await vi.waitFor(() => expect(document.querySelector('.tok-keyword')).not.toBeNull(), 20_000);
    const code = document.querySelector('code');
    expect(code?.textContent).toBe(CODE);
    expect(code?.querySelector('.tok-keyword')?.textContent).toContain('def');
    expect(code?.innerHTML).not.toContain('style=');
    // The second line of the string is coloured as such: the state of the line before was carried over.
    expect(
      [...(code?.querySelectorAll('.tok-string, .tok-string-expression, .tok-comment') ?? [])].some((span) =>
        span.textContent.includes('long text'),
      ),
    ).toBe(true);
  });

  test('in an unknown language stays plain', async () => {
    render(CodeBlock, { code: 'x <y>', language: 'klingon' });
    await new Promise((done) => setTimeout(done, 20));
    expect(document.querySelector('code')?.textContent).toBe('x <y>');
    expect(document.querySelector('code')?.children).toHaveLength(0);
  });
});

describe('the message box', () => {
  function box(draft = new Draft()) {
    const onSubmit = vi.fn();
    render(MessageBox, { draft, label: 'Message', onSubmit });
    const area = document.querySelector('textarea');
    if (area === null) throw new Error('There is no text box.');
    return { draft, onSubmit, area };
  }
  const press = (area: HTMLElement, init: KeyboardEventInit) => {
    const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init });
    area.dispatchEvent(event);
    return event;
  };

  test('Enter sends, Shift+Enter does not, nor does Enter that ends an input method', () => {
    const { area, onSubmit } = box();
    expect(press(area, { key: 'Enter', shiftKey: true }).defaultPrevented).toBe(false);
    press(area, { key: 'Enter', isComposing: true });
    expect(onSubmit).not.toHaveBeenCalled();
    expect(press(area, { key: 'Enter' }).defaultPrevented).toBe(true);
    expect(onSubmit).toHaveBeenCalledOnce();
  });

  test('a megabyte never gets into the text box', () => {
    const { area, draft } = box();
    area.value = 'x'.repeat(1_000_000);
    area.dispatchEvent(new Event('input', { bubbles: true }));
    flushSync();
    expect(area.value).toBe('');
    expect(draft.length).toBeGreaterThanOrEqual(1_000_000);
    expect(document.querySelector('li')?.textContent).toContain('1.0 MB');
    document.querySelector<HTMLButtonElement>('button[aria-label="Remove pasted text"]')?.click();
    flushSync();
    expect(draft.isEmpty).toBe(true);
  });
});
