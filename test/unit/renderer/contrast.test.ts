/** Text can be read on what it stands on, in both themes: WCAG AA asks for 4.5 to 1. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const tokens = readFileSync(join(import.meta.dirname, '../../../renderer/styles/tokens.css'), 'utf8');
const colours = new Map<string, readonly [string, string]>();
for (const [, name, light, dark] of tokens.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)) colours.set(name!, [light!, dark!]);

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
