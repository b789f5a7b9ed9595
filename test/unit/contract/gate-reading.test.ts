/** Scores and lengths in bytes, and which probe decided. */
import { expect, test } from 'vitest';
import { decidingProbe, heatByte, heatOf, lengthBytes, lengthsOf } from '../../../electron/contract/index.ts';

test('a score is kept to a sixty-fourth, and what is far out at the ends', () => {
  for (let u = -4; u < 3.96; u += 0.013) expect(Math.abs(heatOf(heatByte(u)) - u)).toBeLessThanOrEqual(1 / 64 + 1e-9);
  expect([-Infinity, -9, 9, Infinity].map((u) => heatOf(heatByte(u)))).toEqual([-4, -4, 3.96875, 3.96875]);
  // The threshold itself is exact, so that nothing changes sides but by half a step.
  expect(heatOf(heatByte(0))).toBe(0);
});

test('lengths come back, however long a token is', () => {
  const lengths = [0, 1, 254, 255, 256, 510, 3, 0];
  expect(lengthsOf(lengthBytes(lengths))).toEqual(lengths);
  expect(lengthsOf(new Uint8Array())).toEqual([]);
});

const probe = (number: number, u: number, confirmed: boolean) => ({ probe: number, u, at: 0, confirmed });

test('the probe that decided is the one whose stage opened the gate widest', () => {
  const decided = (second: number | null, ...probes: ReturnType<typeof probe>[]) => decidingProbe({ probes, second }).probe;
  // The first stage is far over its threshold, but what it finds is not confirmed.
  expect(decided(-1, probe(0, 5, true), probe(2, 0.5, false))).toBe(2);
  expect(decided(2, probe(0, 5, true), probe(2, 0.5, false))).toBe(0);
  // Both opened as far as the second stage lets them: the one that saw more.
  expect(decided(0.3, probe(0, 1, true), probe(1, 4, true))).toBe(1);
  expect(decided(null, probe(0, 1, true), probe(1, 4, true))).toBe(1);
});
