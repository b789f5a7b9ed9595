import { describe, expect, test } from 'vitest';
import { areaUnderCurve } from '../../../steering/solver/index.ts';
import { normalMatrix } from './random.ts';

describe('the area under the curve', () => {
  test('is the chance that a harmful prompt scores higher, ties counting half', () => {
    expect(areaUnderCurve([1, 2, 3], [4, 5])).toBe(1);
    expect(areaUnderCurve([4, 5], [1, 2, 3])).toBe(0);
    expect(areaUnderCurve([1, 2], [1, 2])).toBe(0.5);
    expect(areaUnderCurve([1], [1])).toBe(0.5);
    const benign = normalMatrix(200, 1, 9);
    const harmful = normalMatrix(150, 1, 10).map((x) => x + 0.7);
    let wins = 0;
    for (const a of harmful) for (const b of benign) wins += a > b ? 1 : a === b ? 0.5 : 0;
    expect(areaUnderCurve(benign, harmful)).toBeCloseTo(wins / (200 * 150), 10);
  });
});
