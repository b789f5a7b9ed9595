import { describe, expect, test } from 'vitest';
import { LiveText } from '../../../renderer/lib/state/live-text.svelte.ts';

const TEXT = 'The quick brown fox jumps over the lazy dog.';

function deltas(size: number): { offset: number; delta: string }[] {
  const all = [];
  for (let offset = 0; offset < TEXT.length; offset += size) all.push({ offset, delta: TEXT.slice(offset, offset + size) });
  return all;
}

function written(parts: readonly { offset: number; delta: string }[]): LiveText {
  const live = new LiveText();
  for (const { offset, delta } of parts) live.apply(offset, delta);
  return live;
}

describe('deltas', () => {
  test('in order', () => {
    expect(written(deltas(3)).text).toBe(TEXT);
  });

  test('each twice', () => {
    expect(written(deltas(3).flatMap((part) => [part, part])).text).toBe(TEXT);
  });

  test('all again at the end', () => {
    expect(written([...deltas(3), ...deltas(3)]).text).toBe(TEXT);
  });

  test('backwards', () => {
    const live = written(deltas(4).reverse());
    expect(live.text).toBe(TEXT);
    expect(live.hasGap).toBe(false);
  });

  test('cut differently the second time', () => {
    expect(written([...deltas(5).slice(0, 4), ...deltas(7)]).text).toBe(TEXT);
  });

  test('a missing one is seen, and nothing wrong is shown meanwhile', () => {
    const parts = deltas(5);
    const live = written([...parts.slice(0, 2), ...parts.slice(3)]);
    expect(live.hasGap).toBe(true);
    expect(live.text).toBe(TEXT.slice(0, 10));
  });
});

describe('snapshots', () => {
  test('fill a gap', () => {
    const parts = deltas(5);
    const live = written([...parts.slice(0, 2), ...parts.slice(3)]);
    live.seed(TEXT.slice(0, 17));
    expect(live.text).toBe(TEXT);
    expect(live.hasGap).toBe(false);
  });

  test('that are older than what is here change nothing', () => {
    const live = written(deltas(5));
    live.seed(TEXT.slice(0, 10));
    expect(live.text).toBe(TEXT);
  });

  test('let a page that came late continue', () => {
    const live = new LiveText();
    live.apply(20, TEXT.slice(20, 25));
    expect(live.text).toBe('');
    live.seed(TEXT.slice(0, 20));
    live.apply(25, TEXT.slice(25));
    expect(live.text).toBe(TEXT);
  });
});
