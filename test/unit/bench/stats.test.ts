import { describe, expect, test } from 'vitest';
import { estimateMedian, judge, median, mirroredOrders, quantile, seededRandom, speedRatios } from '../../bench/stats.ts';

describe('median', () => {
  test('of odd and even counts, whatever the order', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow(RangeError);
  });

  test('quantiles lie between order statistics', () => {
    expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20);
    expect(quantile([0, 10], 0.95)).toBeCloseTo(9.5);
    expect(quantile([7], 0.95)).toBe(7);
  });
});

describe('the interval of the median', () => {
  // The ranks are those in the tables of the sign test at 95 %.
  test.each([
    [6, 1, 0.96875],
    [9, 2, 0.9609375],
    [20, 6, 0.9586],
    [100, 40, 0.9648],
  ])('of %i values is from the %i-th lowest to the same from above', (n, k, coverage) => {
    const values = Array.from({ length: n }, (_, index) => index + 1).reverse();
    const estimate = estimateMedian(values);
    expect(estimate).toMatchObject({ n, low: k, high: n - k + 1, median: (n + 1) / 2 });
    expect(estimate.coverage).toBeCloseTo(coverage, 4);
  });

  test('of too few values is their range, and says what that is worth', () => {
    expect(estimateMedian([5, 1, 3, 2])).toEqual({ median: 2.5, low: 1, high: 5, coverage: 0.875, n: 4 });
    expect(estimateMedian([2])).toEqual({ median: 2, low: 2, high: 2, coverage: 0, n: 1 });
  });

  test('holds for thousands of values', () => {
    const values = Array.from({ length: 5000 }, (_, index) => index);
    const { low, high, coverage } = estimateMedian(values);
    // ±1.96·√n/2
    expect(high - low).toBeGreaterThan(130);
    expect(high - low).toBeLessThan(145);
    expect(coverage).toBeGreaterThanOrEqual(0.95);
  });

  test('covers the true median about as often as it says, and is not led astray by outliers', () => {
    const random = seededRandom(1);
    let covered = 0;
    for (let trial = 0; trial < 2000; trial++) {
      // One call in ten took ten times as long; the others spread so that half of all lie below 1.
      const values = Array.from({ length: 15 }, () => (random() < 0.1 ? 10 : 0.9 + random() * 0.18));
      const { low, high } = estimateMedian(values);
      if (low <= 1 && high >= 1) covered++;
    }
    expect(covered / 2000).toBeGreaterThan(0.94);
    expect(covered / 2000).toBeLessThan(0.99);
  });
});

test('a ratio is the speed of an arm: the base takes longer where the arm is faster', () => {
  expect(speedRatios([100, 90], [200, 45])).toEqual([0.5, 2]);
  expect(() => speedRatios([1], [1, 2])).toThrow(RangeError);
});

test.each([
  [0.985, 0.99, 1, 'pass'],
  [0.97, 0.99, 1, 'likely-pass'],
  [0.95, 0.975, 0.99, 'likely-fail'],
  [0.95, 0.96, 0.979, 'fail'],
] as const)('from %d over %d to %d is %s at a bar of 0.98', (low, middle, high, verdict) => {
  expect(judge({ low, median: middle, high, coverage: 0.95, n: 20 }, 0.98)).toBe(verdict);
});

test('two values are certain of nothing', () => {
  expect(judge(estimateMedian([0.5, 0.6]), 0.98)).toBe('likely-fail');
  expect(judge(estimateMedian([1.1, 1.2]), 0.98)).toBe('likely-pass');
  expect(judge(estimateMedian([0.5, 0.6, 0.5, 0.6]), 0.98)).toBe('fail');
});

test('every other order is the one before it, backwards, and every arm is called once', () => {
  const orders = mirroredOrders(5, seededRandom(3));
  const seen = new Set<string>();
  for (let pair = 0; pair < 20; pair++) {
    const order = orders.next().value;
    expect(orders.next().value).toEqual([...order].reverse());
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
    seen.add(order.join());
  }
  expect(seen.size).toBeGreaterThan(10);
});
