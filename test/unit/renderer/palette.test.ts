/** What the command palette finds. */
import { expect, test } from 'vitest';
import { matching, type PaletteEntry } from '../../../renderer/lib/state/palette.ts';

const entry = (group: string, label: string): PaletteEntry => ({ key: `${group}:${label}`, group, label, run: () => {} });
const ENTRIES = [
  entry('Commands', 'New chat'),
  entry('Chats', 'About new trees'),
  entry('Chats', 'Trees and bushes'),
  entry('Chats', 'Émile'),
];
const found = (query: string) => matching(ENTRIES, query).map(([group, entries]) => [group, entries.map(({ label }) => label)]);

test('every word must occur, whatever its case; what begins with the query comes first', () => {
  expect(found('')).toEqual([
    ['Commands', ['New chat']],
    ['Chats', ['About new trees', 'Trees and bushes', 'Émile']],
  ]);
  expect(found('NEW')).toEqual([
    ['Commands', ['New chat']],
    ['Chats', ['About new trees']],
  ]);
  expect(found('trees')).toEqual([['Chats', ['Trees and bushes', 'About new trees']]]);
  expect(found('trees about')).toEqual([['Chats', ['About new trees']]]);
  expect(found('nothing')).toEqual([]);
});
