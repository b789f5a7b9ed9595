/** What is kept of a reading, token by token, against the gate's own formula. */
import { expect, test } from 'vitest';
import { cascade, stages } from '../../../steering/runtime/gate.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { newPeaks, notePeaks, tokenReading } from '../../../steering/runtime/token-reading.ts';

const confirmation = { probes: [{ probe: 0, raise: 0.5, centre: 0, alone: 2 }], tau: 1, scale: 2, mostTokens: 3 };
const plan: SteeringPlan = { pooling: 'mean', passes: 2, reading: 'every', clip: true, confirmation, strength: 1, layers: [] };

function read(tokens: readonly (readonly [number, number])[], z: number, use: SteeringPlan = plan) {
  const peaks = newPeaks(tokens.length, 3);
  tokens.forEach(([first, free], at) => notePeaks(peaks, at, [first, -Infinity, free]));
  return tokenReading(use, peaks, z, 5);
}

test('each token has the widest probe there, each probe its highest token', () => {
  const reading = read(
    [
      [-2, -3],
      [0.75, -1],
      [0.25, 0.5],
    ],
    4,
  )!;
  expect([...reading.tokens]).toEqual([-2, 0.75, 0.5]);
  expect(reading.probes).toEqual([
    { probe: 0, u: 0.75, at: 1, confirmed: true },
    { probe: 2, u: 0.5, at: 2, confirmed: false },
  ]);
  // (4 + 0.5 · 0.75 − 1) / 2, and no wider than the first stage.
  expect(reading).toMatchObject({ from: 5, second: 1.6875, first: 0.75, free: 0.5, u: 0.75 });
});

test('a second stage that does not confirm, and one that is not asked', () => {
  expect(read([[3, -1]], -1)).toMatchObject({ second: -0.75, u: -0.75 });
  expect(
    read(
      [
        [3, -1],
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      -1,
    ),
  ).toMatchObject({ second: null, first: 1, u: 1 });
});

test('u is that of the gate, whatever the stages say', () => {
  for (const [peaks, z, tokens] of [
    [[1, -Infinity, -2], 3, 2],
    [[1, -Infinity, 2], -3, 2],
    [[5, -Infinity, -2], 3, 9],
  ] as const) {
    const { free, first, second } = stages(confirmation, peaks, z, tokens);
    expect(cascade(confirmation, peaks, z, tokens)).toBe(Math.max(free, Math.min(first, second ?? Infinity)));
  }
  expect(cascade(undefined, [0.5, -1], NaN, 4)).toBe(0.5);
});

test('of a plan that reads one token, and of a prompt in which nothing was read, there is none', () => {
  expect(read([[1, 1]], 1, { ...plan, reading: 'last' })).toBeNull();
  expect(tokenReading(plan, newPeaks(2, 3), NaN, 0)).toBeNull();
});
