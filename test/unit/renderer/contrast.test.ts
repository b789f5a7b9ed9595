/** Text can be read on what it stands on, in both themes: WCAG AA asks for 4.5 to 1, and AAA, under high contrast, for 7. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const tokens = readFileSync(join(import.meta.dirname, '../../../renderer/styles/tokens.css'), 'utf8');
type Colours = Map<string, readonly [string, string]>;
const coloursOf = (css: string): Colours =>
  new Map([...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, light, dark]) => [name!, [light!, dark!]]));
const [usual, more] = tokens.split(":root[data-contrast='more']") as [string, string];
const colours = coloursOf(usual);
const highContrast: Colours = new Map([...colours, ...coloursOf(more)]);

/** WCAG 2's relative luminance of `#rrggbb`, 0 to 1. */
function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(a: string, b: string): number {
  const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter! + 0.05) / (darker! + 0.05);
}

const CODE = [...colours.keys()].filter((name) => name.startsWith('tok-'));
const PAIRS = [
  ...CODE.map((name) => [name, 'surface-sunken'] as const),
  ...['text', 'text-soft', 'text-faint'].flatMap((name) =>
    ['bg', 'bg-side', 'surface', 'surface-sunken', 'bubble'].map((ground) => [name, ground] as const),
  ),
];

test.each(PAIRS)('%s on %s', (text, ground) => {
  expect(CODE).toContain('tok-comment');
  for (const theme of [0, 1] as const) {
    expect(contrast(colours.get(text)![theme], colours.get(ground)![theme]), theme === 0 ? 'light' : 'dark').toBeGreaterThanOrEqual(4.5);
  }
});

test.each(PAIRS)('%s on %s under high contrast', (text, ground) => {
  expect(coloursOf(more).has(text)).toBe(true);
  for (const theme of [0, 1] as const) {
    const seen = contrast(highContrast.get(text)![theme], highContrast.get(ground)![theme]);
    expect(seen, theme === 0 ? 'light' : 'dark').toBeGreaterThanOrEqual(7);
  }
});
