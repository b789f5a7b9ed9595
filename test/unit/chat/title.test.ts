import { expect, test } from 'vitest';
import { titleFrom } from '../../../electron/chat/title.ts';

test.each([
  ['What is a tree?', 'What is a tree?'],
  ['\n\n   \n  First words  here \nsecond line', 'First words here'],
  ['# A heading with `code` and *stars*', 'A heading with code and stars'],
  ['', 'New chat'],
  [' \n\t\n', 'New chat'],
  ['***', 'New chat'],
  ['\r\nWindows line\r\nnext', 'Windows line'],
])('%j becomes %j', (text, title) => expect(titleFrom(text)).toBe(title));

test('a long line is cut at a word, or where there is none at 60 characters', () => {
  const words = titleFrom('This is a question that goes on for very much longer than any list of conversations could ever show');
  expect(words).toBe('This is a question that goes on for very much longer than…');
  expect([...titleFrom('x'.repeat(100))]).toHaveLength(61);
  expect(titleFrom(`${'x'.repeat(100)} end`).endsWith('x…')).toBe(true);
});

test('characters outside the basic plane are counted as one and never cut in two', () => {
  const title = titleFrom('🙂'.repeat(80));
  expect(title).toBe(`${'🙂'.repeat(60)}…`);
  expect(title.isWellFormed()).toBe(true);
  expect(titleFrom('🙂'.repeat(60))).toBe('🙂'.repeat(60));
});

test('a megabyte takes no time', () => {
  const started = performance.now();
  expect(titleFrom('a '.repeat(500_000))).toMatch(/…$/);
  expect(performance.now() - started).toBeLessThan(3000);
});
