/** JSON up to a depth that recursion over it can bear. */
import { expect, test } from 'vitest';
import { parseBoundedJson } from '../../../../steering/files/bounded-json.ts';

test('JSON is read as ever; brackets in strings count for nothing', () => {
  const value = { a: [1, '[[[[{{{{\\"]', { b: null }], 'k"[': '\\' };
  expect(parseBoundedJson(JSON.stringify(value), 3)).toEqual(value);
  expect(parseBoundedJson('\uFEFF[]')).toEqual([]);
  expect(() => parseBoundedJson('[}')).toThrow(SyntaxError);
  expect(() => parseBoundedJson(']]]][')).toThrow(SyntaxError);
});

test('one level more than allowed is refused, and a million as well', () => {
  expect(parseBoundedJson('[{"a":[]}]', 3)).toEqual([{ a: [] }]);
  expect(() => parseBoundedJson('[{"a":[[]]}]', 3)).toThrow(/more than 3 levels/);
  expect(() => parseBoundedJson('['.repeat(1_000_000))).toThrow(/more than 64 levels/);
});
