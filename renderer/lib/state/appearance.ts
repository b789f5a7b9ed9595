/**
 * How the document looks: theme, text size and contrast, as attributes that `styles/tokens.css` reads. They are remembered in the
 * browser so that a start does not flash another look before the app has answered.
 */
import type { Settings } from '../contract.ts';

export type Appearance = Pick<Settings, 'theme' | 'textSize' | 'contrast'>;

const USUAL: Appearance = { theme: 'system', textSize: 'medium', contrast: 'system' };
const CHOICES: { readonly [Key in keyof Appearance]: readonly Appearance[Key][] } = {
  theme: ['system', 'light', 'dark'],
  textSize: ['small', 'medium', 'large', 'largest'],
  contrast: ['system', 'more'],
};
const KEYS = Object.keys(USUAL) as (keyof Appearance)[];
/** Where each is remembered, and as what the document says it. */
const stored = (key: keyof Appearance) => `steady.${key}`;

const system = typeof matchMedia === 'function' ? matchMedia('(prefers-contrast: more)') : null;
let shown = USUAL;
system?.addEventListener('change', () => applyAppearance(shown));

/** The look of the last visit; the usual one where nothing is remembered or storage is closed to us. */
export function rememberedAppearance(): Appearance {
  try {
    return Object.fromEntries(
      KEYS.map((key) => [key, CHOICES[key].find((choice) => choice === localStorage.getItem(stored(key))) ?? USUAL[key]]),
    ) as Appearance;
  } catch {
    return USUAL;
  }
}

/** Shows a look. What is usual follows the operating system, live: the theme by the style sheet, the contrast here. */
export function applyAppearance(appearance: Appearance): void {
  shown = appearance;
  for (const key of KEYS) {
    const value = appearance[key];
    mark(key, key === 'contrast' && value === 'system' && system?.matches === true ? 'more' : value);
    try {
      localStorage.setItem(stored(key), value);
    } catch {
      // Private windows may forbid storage; the look still applies.
    }
  }
}

function mark(key: keyof Appearance, value: string): void {
  if (value === USUAL[key]) delete document.documentElement.dataset[key];
  else document.documentElement.dataset[key] = value;
}
