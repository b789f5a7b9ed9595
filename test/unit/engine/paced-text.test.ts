/** Text reaches the app whole and in order, at the pace of an eye, however it comes and ends. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PacedText } from '../../../electron/engine/worker/paced-text.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

function recorded() {
  const posts: { offset: number; delta: string; at: number }[] = [];
  const began = performance.now();
  const text = new PacedText((offset, delta) => posts.push({ offset, delta, at: performance.now() - began }));
  return { text, posts };
}

test('the first piece goes out at once; what follows waits, and goes together', () => {
  const { text, posts } = recorded();
  text.push('One');
  expect(posts).toEqual([{ offset: 0, delta: 'One', at: 0 }]);
  vi.advanceTimersByTime(20);
  text.push(' two');
  vi.advanceTimersByTime(20);
  text.push(' three');
  expect(posts).toHaveLength(1);
  vi.advanceTimersByTime(20);
  expect(posts[1]).toEqual({ offset: 3, delta: ' two three', at: 60 });
});

test('nothing is held back when words come slowly, and nothing is sent when none come', () => {
  const { text, posts } = recorded();
  for (const word of ['slow', ' and', ' steady']) {
    text.push(word);
    vi.advanceTimersByTime(500);
  }
  text.push('');
  vi.advanceTimersByTime(500);
  expect(posts.map(({ at }) => at)).toEqual([0, 500, 1000]);
});

test('quick text makes about sixteen pieces a second, without gaps', () => {
  const { text, posts } = recorded();
  let whole = '';
  for (let ms = 0; ms < 1000; ms += 5) {
    text.push(`${ms} `);
    whole += `${ms} `;
    vi.advanceTimersByTime(5);
  }
  text.flush();
  expect(posts.length).toBeGreaterThan(14);
  expect(posts.length).toBeLessThan(19);
  expect(posts.map(({ delta }) => delta).join('')).toBe(whole);
  let end = 0;
  for (const { offset, delta } of posts) {
    expect(offset).toBe(end);
    end += delta.length;
  }
});

test('the end is sent at once and once', () => {
  const { text, posts } = recorded();
  text.push('a');
  text.push('b');
  text.flush();
  text.flush();
  vi.advanceTimersByTime(1000);
  expect(posts.map(({ delta }) => delta)).toEqual(['a', 'b']);
});

test('text that is taken back goes nowhere, and the next begins at the beginning', () => {
  const { text, posts } = recorded();
  text.push('One');
  text.push(' two');
  text.restart();
  vi.advanceTimersByTime(500);
  text.push('Other');
  expect(posts.map(({ offset, delta }) => [offset, delta])).toEqual([
    [0, 'One'],
    [0, 'Other'],
  ]);
});
