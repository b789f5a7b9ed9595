import { expect, test } from 'vitest';
import type { BatchItem, Token } from 'node-llama-cpp';
import { wholePrompts } from '../../../electron/engine/worker/whole-prompts.ts';

const item = (length: number): BatchItem => ({ tokens: Array.from({ length }, () => 1 as Token), logits: [], evaluationPriority: 5 });
const amounts = (lengths: number[], size: number) => {
  const items = lengths.map(item);
  return wholePrompts({ items, size }).map(({ item: chosen, processAmount }) => [items.indexOf(chosen), processAmount]);
};

test('takes whole prompts in their order, and what still fits behind one that does not', () => {
  expect(amounts([10, 20, 30], 60)).toEqual([
    [0, 10],
    [1, 20],
    [2, 30],
  ]);
  expect(amounts([40, 30, 1, 1], 64)).toEqual([
    [0, 40],
    [2, 1],
    [3, 1],
  ]);
});

test('cuts only a prompt that is longer than a batch, once it is first in line', () => {
  expect(amounts([1, 100], 64)).toEqual([[0, 1]]);
  expect(amounts([100, 1], 64)).toEqual([[0, 64]]);
  expect(amounts([36, 1], 64)).toEqual([
    [0, 36],
    [1, 1],
  ]);
});

test('whatever waits is served in the end, and no batch is overfull', () => {
  let waiting = [7, 64, 130, 1, 33, 32, 64, 2].map(item);
  for (let round = 0; waiting.length > 0; round++) {
    expect(round).toBeLessThan(12);
    const chosen = wholePrompts({ items: waiting, size: 64 });
    expect(chosen.length).toBeGreaterThan(0);
    expect(chosen.reduce((sum, { processAmount }) => sum + processAmount, 0)).toBeLessThanOrEqual(64);
    waiting = waiting.flatMap((left) => {
      const amount = chosen.find(({ item: taken }) => taken === left)?.processAmount ?? 0;
      return amount === left.tokens.length ? [] : [{ ...left, tokens: left.tokens.slice(amount) }];
    });
  }
});
