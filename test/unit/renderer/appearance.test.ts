/** How the page looks is chosen in the settings, shown on the document and remembered for the next start. */
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import './support/browser.ts';
import AppearanceChoice from '../../../renderer/lib/components/settings/AppearanceChoice.svelte';
import { applyAppearance, rememberedAppearance, type Appearance } from '../../../renderer/lib/state/appearance.ts';

const USUAL: Appearance = { theme: 'system', textSize: 'medium', contrast: 'system' };
const told = () => ({ ...document.documentElement.dataset });

beforeEach(() => localStorage.clear());
afterEach(() => {
  applyAppearance(USUAL);
  document.body.replaceChildren();
});

test('what is usual leaves no mark; what is chosen is shown and remembered', () => {
  applyAppearance(USUAL);
  expect(told()).toEqual({});
  const chosen: Appearance = { theme: 'dark', textSize: 'largest', contrast: 'more' };
  applyAppearance(chosen);
  expect(told()).toEqual(chosen);
  expect(rememberedAppearance()).toEqual(chosen);
});

test('what cannot be understood is not remembered', () => {
  localStorage.setItem('steady.theme', 'light');
  localStorage.setItem('steady.textSize', 'gigantic');
  expect(rememberedAppearance()).toEqual({ ...USUAL, theme: 'light' });
});

test('each choice changes one thing', () => {
  const changes: Partial<Appearance>[] = [];
  const part = mount(AppearanceChoice, {
    target: document.body,
    props: { value: USUAL, onChange: (change: Partial<Appearance>) => changes.push(change) },
  });
  flushSync();
  const groups = [...document.querySelectorAll('[role=radiogroup]')].map((group) => group.getAttribute('aria-label'));
  expect(groups).toEqual(['Theme', 'Text size', 'Contrast']);
  for (const value of ['dark', 'large', 'more']) document.querySelector<HTMLInputElement>(`input[value=${value}]`)!.click();
  expect(changes).toEqual([{ theme: 'dark' }, { textSize: 'large' }, { contrast: 'more' }]);
  void unmount(part);
});
