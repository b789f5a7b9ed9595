/** 16-bit floats: nothing is lost twice, and nothing becomes infinite. */
import { expect, test } from 'vitest';
import { fromFloat16, toFloat16 } from '../../../../steering/calibration/rows/float16.ts';

const back = (value: number) => fromFloat16(toFloat16(Float32Array.of(value)))[0];

test('every 16-bit float comes back as it was', () => {
  const finite = Uint16Array.from({ length: 0x1_0000 }, (_, bits) => bits).filter((bits) => (bits & 0x7c00) !== 0x7c00);
  expect(new Uint16Array(toFloat16(fromFloat16(new Float16Array(finite.buffer))).buffer)).toEqual(finite);
});

test('values are rounded to the nearest, half to even', () => {
  expect(back(1 + 1 / 2048)).toBe(1);
  expect(back(1 + 3 / 2048)).toBe(1 + 2 / 1024);
  expect(back(1 + 1.01 / 2048)).toBe(1 + 1 / 1024);
  expect(back(2047.9)).toBe(2048);
  expect(back(1e-8)).toBe(0);
  expect(back(-4e-8)).toBeCloseTo(-(2 ** -24), 12);
  for (let i = 0; i < 2000; i++) {
    const value = (Math.sin(i) * 3 ** (i % 11)) / 7;
    expect(Math.abs(back(value)! - value)).toBeLessThanOrEqual(Math.abs(value) / 2048);
  }
});

test('what is too large becomes the largest, and NaN stays NaN', () => {
  expect(back(1e9)).toBe(65_504);
  expect(back(-Infinity)).toBe(-65_504);
  expect(back(NaN)).toBeNaN();
});
