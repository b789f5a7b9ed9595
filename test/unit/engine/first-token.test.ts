import { expect, test } from 'vitest';
import { klDivergence } from '../../../electron/engine/worker/first-token.ts';

const logits = (...values: number[]) => Float32Array.from(values);

test('the divergence of two distributions, whatever their logits are shifted by', () => {
  // p = (1/2, 1/2), q = (1/4, 3/4): ½ ln 2 + ½ ln ⅔.
  const p = logits(3, 3);
  const q = logits(-1000, -1000 + Math.log(3));
  expect(klDivergence(p, q)).toBeCloseTo(0.5 * Math.log(2) + 0.5 * Math.log(2 / 3), 4);
  expect(klDivergence(p, p)).toBe(0);
});

test('tokens that are out of the question count nothing', () => {
  expect(klDivergence(logits(0, -Infinity, 0), logits(0, 5000, 0))).toBeCloseTo(5000 + Math.log(0.5), 0);
  expect(klDivergence(logits(0, -Infinity), logits(2, -Infinity))).toBe(0);
});
