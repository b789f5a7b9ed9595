/** The theme as the document shows it. It is remembered in the browser so that a start does not flash the wrong one. */
import type { Settings } from '../contract.ts';

export type Theme = Settings['theme'];
const KEY = 'steady.theme';

/** The theme of the last visit; `system` where nothing is remembered or storage is closed to us. */
export function rememberedTheme(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system';
  }
}

/** Shows a theme: `system` follows the operating system's choice, live. */
export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Private windows may forbid storage; the theme still applies.
  }
}
