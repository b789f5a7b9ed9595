/** What the page adds to a block of model output so that everybody can use it. */
import { expect, test, vi } from 'vitest';
import './support/browser.ts';
import { enhance } from '../../../renderer/lib/markdown/enhance.ts';
import { renderMarkdown } from '../../../renderer/lib/markdown/incremental.ts';

/** A block as the page shows it, in a place `width` wide where what is in it needs 300. */
function shown(text: string, width: number): HTMLElement {
  const root = document.createElement('div');
  root.innerHTML = renderMarkdown(text)
    .map((block) => (block.kind === 'html' ? block.html : ''))
    .join('');
  for (const element of root.querySelectorAll('.table-scroll')) {
    Object.defineProperties(element, { scrollWidth: { value: 300 }, clientWidth: { value: width } });
  }
  // jsdom lays nothing out; it says at once what a browser says when it has.
  const observer = vi.spyOn(window, 'ResizeObserver').mockImplementation(function (this: ResizeObserver, callback: ResizeObserverCallback) {
    this.observe = () => callback([], this);
    this.unobserve = this.disconnect = () => undefined;
  } as never);
  enhance(root);
  observer.mockRestore();
  return root;
}

test('the boxes of a task list say whether the task is done', () => {
  const boxes = [...shown('- [x] buy flour\n- [ ] bake\n  - [ ] wait', 300).querySelectorAll('input')];
  expect(boxes.map((box) => box.getAttribute('aria-label'))).toEqual(['Done', 'To do', 'To do']);
});

test('a table that is wider than its place can be focused, and has a name', () => {
  const table = '| City | Trees |\n|---|---|\n| Oslo | 9 |';
  const wide = shown(table, 200).querySelector<HTMLElement>('.table-scroll')!;
  expect([wide.tabIndex, wide.getAttribute('role'), wide.getAttribute('aria-label')]).toEqual([0, 'region', 'Table: City, Trees']);
  const narrow = shown(table, 300).querySelector<HTMLElement>('.table-scroll')!;
  expect([narrow.hasAttribute('tabindex'), narrow.hasAttribute('role'), narrow.hasAttribute('aria-label')]).toEqual([false, false, false]);
});
