import { describe, expect, test } from 'vitest';
import { cascade, gate, gates, score, steerRows, steerTurn } from '../../../steering/runtime/gate.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';

const unit = (...values: number[]) => Float32Array.from(values);
const read = (tau: number, scale: number, w = unit(1, 0)) => ({ w, tau, scale });
const write = (lambda: number, r = unit(0, 2)) => ({ r, lambda });

describe('the gate', () => {
  test('is exactly nought up to τ and exactly 1 from τ + s on', () => {
    expect([-5, 0, 0.25, 1, 9].map((u) => gate(u, { clip: true }))).toEqual([0, 0, 0.25, 1, 1]);
    expect([-5, 0, 0.25, 9].map((u) => gate(u, { clip: false }))).toEqual([-5, 0, 0.25, 9]);
    expect(gate(Number.NaN, { clip: true })).toBeNaN();
  });

  test('a partial gate is a little open below the threshold, and is exactly nought from the end of that on', () => {
    const partialGate = { width: 1.5, gate: 0.25 };
    expect([-5, -1.5, -1.4999, 0, 0.125, 0.25, 0.5, 9].map((u) => gate(u, { clip: true, partialGate }))).toEqual([
      0, 0, 0.25, 0.25, 0.25, 0.25, 0.5, 1,
    ]);
    expect(gate(Number.NaN, { clip: true, partialGate })).toBeNaN();
  });
});

describe('a cascade', () => {
  const confirmation = { probes: [{ probe: 0, raise: 0, centre: 0, alone: 2 }], tau: 1, scale: 0.5, mostTokens: 10 };
  const peaks = (...us: number[]) => Float64Array.from({ length: 8 }, (_, probe) => us[probe] ?? -Infinity);

  test('opens as far as both stages do', () => {
    expect(cascade(confirmation, peaks(3), 1.25, 5)).toBe(0.5);
    expect(cascade(confirmation, peaks(0.25), 9, 5)).toBe(0.25);
    expect(cascade(confirmation, peaks(3), 0.5, 5)).toBe(-1);
  });

  test('a probe that needs no confirmation opens by itself, and without a second stage every one does', () => {
    expect(cascade(confirmation, peaks(-1, 0.75), -9, 5)).toBe(0.75);
    expect(cascade(undefined, peaks(0.5, -1, 0.25), Number.NaN, 5)).toBe(0.5);
    expect(cascade(undefined, peaks(), Number.NaN, 5)).toBe(-Infinity);
  });

  test('of long requests the first stage decides, with less to say', () => {
    expect(cascade(confirmation, peaks(2.5), -9, 11)).toBe(0.5);
    expect(cascade(confirmation, peaks(2.5), -9, 10)).toBe(-20);
  });

  test('the first stage raises the second within one of its centre', () => {
    const raising = { ...confirmation, probes: [{ probe: 0, raise: 0.25, centre: 1, alone: 0 }] };
    expect([0.5, 1.5, 4].map((u) => cascade(raising, peaks(u), 0.75, 5))).toEqual([-0.25, 0.25, 0.5]);
  });

  test('a reading that is no number shows', () => {
    expect(cascade(confirmation, peaks(Number.NaN), 2, 5)).toBeNaN();
    expect(cascade(confirmation, peaks(1), Number.NaN, 5)).toBeNaN();
  });
});

describe('gates', () => {
  test("'own': each layer by its own score; a layer that only reads has none", () => {
    const plan: SteeringPlan = {
      pooling: 'own',
      clip: true,
      strength: 1,
      layers: [
        { layer: 3, read: read(0.5, 0.5), write: write(1) },
        { layer: 4, read: read(0, 1), write: null },
        { layer: 5, read: read(0, 2), write: write(1) },
      ],
    };
    const scores = new Map([
      [3, 0.75],
      [4, 9],
      [5, 0.5],
    ]);
    expect([...gates(plan, scores)]).toEqual([
      [3, 0.5],
      [5, 0.25],
    ]);
    expect(() => gates(plan, new Map([[3, 1]]))).toThrow(/layer 4/);
  });

  test("'mean': one gate for all that write, from all that read, clipped after the mean", () => {
    const plan: SteeringPlan = {
      pooling: 'mean',
      clip: true,
      strength: 1,
      layers: [
        { layer: 3, read: read(1, 1), write: null },
        { layer: 4, read: read(0, 0.5), write: write(1) },
        { layer: 8, read: null, write: write(2) },
      ],
    };
    // u = −1 and 2: clipped one by one the mean would be 0.5 as well, so use values where it differs.
    expect([
      ...gates(
        plan,
        new Map([
          [3, 0],
          [4, 1],
        ]),
      ).values(),
    ]).toEqual([0.5, 0.5]);
    expect([
      ...gates(
        plan,
        new Map([
          [3, -2],
          [4, 1],
        ]),
      ).values(),
    ]).toEqual([0, 0]);
  });

  test('the paper: g(c) = c', () => {
    const plan: SteeringPlan = { pooling: 'own', clip: false, strength: 1, layers: [{ layer: 2, read: read(0, 1), write: write(1) }] };
    expect(gates(plan, new Map([[2, -1.5]])).get(2)).toBe(-1.5);
  });
});

describe('a turn', () => {
  const plan: SteeringPlan = {
    pooling: 'own',
    clip: true,
    strength: 2,
    layers: [
      { layer: 3, read: read(1, 1), write: write(0.5, unit(1, 1)) },
      { layer: 7, read: read(1, 1), write: write(1, unit(0, 1)) },
    ],
  };

  test('adds strength·λ·g·r to every row of the prompt, and later layers read what earlier ones changed', () => {
    const rows = unit(0, 0, 10, 10, 1.5, 0);
    const result = steerTurn(plan, rows, 2);
    // Layer 3: c = 1.5, g = 0.5, adds 0.5·(1, 1). Layer 7: c = 2, g = 1, adds 2·(0, 1).
    expect([...result.scores]).toEqual([
      [3, 1.5],
      [7, 2],
    ]);
    expect([...result.gates.values()]).toEqual([0.5, 1]);
    expect([...rows]).toEqual([0.5, 2.5, 10.5, 12.5, 2, 2.5]);
    expect(result.steered).toBe(true);
  });

  test('below every τ not one bit changes, not even the sign of nought', () => {
    const rows = unit(-0, 3, 0.5, -0);
    const before = new Uint32Array(rows.slice().buffer);
    expect(steerTurn(plan, rows, 2).steered).toBe(false);
    expect(new Uint32Array(rows.buffer)).toEqual(before);
    expect(steerRows({ ...plan, strength: 0 }, 3, 1, rows)).toBe(false);
  });

  test('rows of the wrong width are refused', () => {
    expect(() => steerRows(plan, 3, 1, unit(1, 2, 3))).toThrow(RangeError);
    expect(() => score(unit(1, 2, 3), unit(1, 2))).toThrow(RangeError);
  });
});
