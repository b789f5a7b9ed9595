/** Against published and independently computed values. */
import { describe, expect, test } from 'vitest';
import { mcnemar, pairedDifference, wilson } from '../../../electron/evaluation/intervals.ts';

describe("Wilson's interval", () => {
  // Newcombe 1998, Statistics in Medicine 17:857–872, table I (method 3).
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('%i of %i', (count, n, low, high) => {
    const [l, h] = wilson(count, n);
    expect(l).toBeCloseTo(low, 4);
    expect(h).toBeCloseTo(high, 4);
  });

  test('holds its ends exactly, and knows nothing of nothing', () => {
    expect(wilson(0, 50)[0]).toBe(0);
    expect(wilson(50, 50)[1]).toBe(1);
    expect(wilson(0, 0)).toEqual([0, 1]);
  });
});

describe('paired differences', () => {
  // Newcombe 1998, Statistics in Medicine 17:2635–2650, table III (method 10): a, b, c, d.
  test.each([
    [36, 12, 2, 0, 0.2, 0.0569, 0.3404],
    [1, 97, 1, 1, 0.96, 0.8736, 0.985],
    [54, 0, 0, 0, 0, -0.0664, 0.0664],
  ])('%i, %i, %i, %i', (both, gained, lost, neither, difference, low, high) => {
    const result = pairedDifference({ both, gained, lost, neither });
    expect(result.difference).toBeCloseTo(difference, 10);
    expect(result.interval[0]).toBeCloseTo(low, 3);
    expect(result.interval[1]).toBeCloseTo(high, 3);
  });

  test('turn round with their arms', () => {
    const [there, back] = [
      { both: 20, gained: 9, lost: 3, neither: 30 },
      { both: 20, gained: 3, lost: 9, neither: 30 },
    ].map(pairedDifference);
    expect(back!.difference).toBeCloseTo(-there!.difference, 12);
    expect(back!.interval[0]).toBeCloseTo(-there!.interval[1], 12);
    expect(back!.pValue).toBe(there!.pValue);
  });
});

describe("McNemar's exact test", () => {
  test.each([
    [0, 0, 1],
    [5, 5, 1],
    [6, 0, 0.03125],
    [1, 9, 0.021484375],
    [3, 13, 0.021270751953125],
  ])('%i against %i', (gained, lost, p) => {
    expect(mcnemar(gained, lost)).toBeCloseTo(p, 10);
  });

  test('does not overflow with thousands', () => {
    expect(mcnemar(3000, 3000)).toBe(1);
    expect(mcnemar(2000, 4000)).toBeLessThan(1e-100);
  });
});
