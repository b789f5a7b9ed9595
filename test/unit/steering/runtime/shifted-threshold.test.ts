import { describe, expect, test } from 'vitest';
import { cascade, gates } from '../../../../steering/runtime/gate.ts';
import type { Confirmation, SteeringPlan } from '../../../../steering/runtime/plan.ts';
import { shiftedThreshold } from '../../../../steering/runtime/shifted-threshold.ts';

const w = new Float32Array([1, 0]);
const PLAN: SteeringPlan = {
  pooling: 'mean',
  passes: 2,
  reading: 'every',
  clip: true,
  strength: 1,
  layers: [
    { layer: 3, read: { w, tau: 2, scale: 0.5, probe: 0 }, write: null },
    { layer: 4, read: { w, tau: -1, scale: 3, probe: 0 }, write: null },
    { layer: 5, read: { w, tau: 0.25, scale: 2, probe: 1 }, write: null },
    { layer: 7, read: null, write: { r: w, lambda: 1 } },
  ],
};
const CONFIRMATION: Confirmation = {
  probes: [
    { probe: 0, raise: 0.7, centre: 0.4, alone: 0.3 },
    { probe: 1, raise: 0.2, centre: -0.5, alone: 0.1 },
  ],
  tau: 1.5,
  scale: 0.8,
  mostTokens: 90,
};

describe('a threshold that is moved', () => {
  test('moves each gate by as much', () => {
    const scores = new Map([
      [3, 2.4],
      [4, 0.5],
      [5, 0.1],
    ]);
    const gate = (plan: SteeringPlan) => gates({ ...plan, clip: false }, scores).get(7)!;
    for (const shift of [-1.5, 0.25, 2]) expect(gate(shiftedThreshold(PLAN, shift))).toBeCloseTo(gate(PLAN) - shift, 5);
  });

  test('moves what a cascade says by as much, whether the second stage is asked or not', () => {
    const plan = { ...PLAN, confirmation: CONFIRMATION };
    const peaks = [
      [0.2, -0.3, 0.9],
      [3, -4, -2],
      [-2, 1.2, -Infinity],
    ];
    for (const shift of [-1.5, 0.25, 2]) {
      const moved = shiftedThreshold(plan, shift).confirmation;
      for (const of of peaks) {
        for (const [z, tokens] of [
          [1.1, 20],
          [3.3, 20],
          [3.3, 91],
        ] as const) {
          const lower = of.map((u) => u - shift);
          expect(cascade(moved, lower, z, tokens)).toBeCloseTo(cascade(CONFIRMATION, of, z, tokens) - shift, 10);
        }
      }
    }
  });

  test('leaves the plan as it is where it is not moved', () => {
    expect(shiftedThreshold(PLAN, 0)).toBe(PLAN);
    expect(shiftedThreshold(PLAN, 1).confirmation).toBeUndefined();
  });
});
