import { expect, test } from 'vitest';
import { refusalDirection } from '../../../../steering/calibration/direction/refusal-direction.ts';

test('the direction is the mean of the refused less the mean of the answered, pointing to refusal', () => {
  const rows = Float32Array.from([1, 2, 3, 10, 20, 30, 3, 4, 5, 20, 40, 60]);
  expect([...refusalDirection(rows, [false, true, false, true], 3)]).toEqual([13, 27, 41]);
  expect([...refusalDirection(rows, [true, false, true, false], 3)]).toEqual([-13, -27, -41]);
});

test('small differences on large values survive', () => {
  const d = 2;
  const rows = Float32Array.from({ length: 2000 * d }, (_, i) => (i % d === 0 ? 4096 : i % 4 === 1 ? 0.001 : -0.001));
  const direction = refusalDirection(
    rows,
    Array.from({ length: 2000 }, (_, row) => row % 2 === 0),
    d,
  );
  expect(direction[0]).toBe(0);
  expect(direction[1]).toBeCloseTo(0.002, 7);
});

test.each([[[true, true]], [[false, false]], [[]]])('with %j there is none', (refused) => {
  expect(() => refusalDirection(new Float32Array(refused.length * 2), refused, 2)).toThrow(
    expect.objectContaining({ code: 'calibration-failed' }),
  );
});
