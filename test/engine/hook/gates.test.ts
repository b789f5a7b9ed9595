/** What the hook reads, what its gates answer, and what it adds. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PromptSteering } from '../../../steering/runtime/prompt-phase.ts';
import { gates, score } from '../../../steering/runtime/gate.ts';
import { createBench, difference, OPEN, plan, reading, rowOf, SHUT, startHarness, writing, type Bench, type Harness } from './harness.ts';

let harness: Harness;
let bench: Bench;
let d: number;
beforeAll(async () => {
  harness = await startHarness();
  d = harness.d;
  bench = await createBench(harness, { contextSize: 256, batchSize: 256 });
});
afterAll(() => harness?.llama.dispose());

const TEXT = 'Write a short poem about a lighthouse keeper and his very old cat.';
const scoresOf = ({ layers, scores }: PromptSteering) => new Map(layers.map((layer, index) => [layer, scores[index]!]));

describe('how rows are reached', () => {
  test("'auto', 'transfer' and 'device' give the same bits downstream, each in its own way", async () => {
    const layers = [8, 12].map((layer) => ({ layer, read: reading(layer, d, -50, 100), write: writing(layer, d) }));
    const results: PromptSteering[] = [];
    const counted: ReturnType<typeof bench.steering.counters>[] = [];
    for (const mode of ['auto', 'transfer', 'device'] as const) {
      bench.steering.setAccessMode(mode);
      const before = bench.steering.counters();
      results.push(await bench.run(plan(layers), bench.tokens(TEXT), { capture: [9, 13, 20] }));
      const after = bench.steering.counters();
      counted.push({ host: after.host - before.host, transfer: after.transfer - before.transfer, device: after.device - before.device });
    }
    bench.steering.setAccessMode('auto');
    expect(counted).toEqual([
      { host: 2, transfer: 0, device: 0 },
      { host: 0, transfer: 2, device: 0 },
      { host: 0, transfer: 0, device: 2 },
    ]);
    expect(results[0]!.steered).toBe(true);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });
});

describe('reading', () => {
  test("a score is the captured row's product with w, and a later layer reads what earlier ones changed", async () => {
    const layers = [8, 12].map((layer) => ({ layer, read: reading(layer, d, 0, 1), write: writing(layer, d) }));
    const only8 = plan([layers[0]!, { ...layers[1]!, write: null }]);
    const none = plan(layers.map((layer) => ({ ...layer, write: null })));
    const result = await bench.run(only8, bench.tokens(TEXT), { capture: [8, 12] });
    for (const [slot, { layer, read }] of layers.entries()) {
      const expected = score(rowOf(result, slot, d), read.w);
      expect(scoresOf(result).get(layer)! / expected).toBeCloseTo(1, 5);
    }
    const unsteered = await bench.run(none, bench.tokens(TEXT), { capture: [8, 12] });
    expect(unsteered.steered).toBe(false);
    expect(scoresOf(unsteered).get(8)).toBe(scoresOf(result).get(8));
    expect(scoresOf(unsteered).get(12)).not.toBe(scoresOf(result).get(12));
  });

  test('capturing alone ends the graph early and captures the same bits as a whole pass', async () => {
    const early = await bench.run(null, bench.tokens(TEXT), { capture: [7, 12, 16] });
    const whole = await bench.run(plan([{ layer: 5, read: reading(5, d, SHUT.tau, 1), write: writing(5, d) }]), bench.tokens(TEXT), {
      capture: [7, 12, 16],
    });
    expect(whole.steered).toBe(false);
    expect(early.rows).toEqual(whole.rows);
    expect(early.rows!.every(Number.isFinite)).toBe(true);
    expect(new Set(early.rows).size).toBeGreaterThan(1000);
    // Layers come back in the order they were asked for, each in its place.
    const turned = await bench.run(null, bench.tokens(TEXT), { capture: [16, 7] });
    expect(rowOf(turned, 0, d)).toEqual(rowOf(early, 2, d));
    expect(rowOf(turned, 1, d)).toEqual(rowOf(early, 0, d));
  });
});

describe('gates', () => {
  test('at or below the threshold not one bit changes', async () => {
    const tokens = bench.tokens(TEXT);
    const capture = [9, 20, 28];
    const none = await bench.run(null, tokens, { capture });
    const probe = await bench.run(plan([{ layer: 8, read: reading(8, d, 0, 1), write: null }]), tokens, { capture });
    const c = probe.scores[0]!;
    const barely = plan([{ layer: 8, read: reading(8, d, c + Math.abs(c) * 1e-4, 1e-3), write: writing(8, d) }]);
    const shut = await bench.run(barely, tokens, { capture });
    expect(shut).toMatchObject({ steered: false, gates: [0] });
    expect(shut.rows).toEqual(none.rows);
    // Just above it does: the threshold is where it was put.
    const open = await bench.run(plan([{ ...barely.layers[0]!, read: reading(8, d, c - Math.abs(c) * 1e-4, 1e-3) }]), tokens, { capture });
    expect(open.steered).toBe(true);
    expect(open.rows).not.toEqual(none.rows);
    // With a strength of nought scores are read and nothing is written.
    const still = await bench.run({ ...plan([{ layer: 8, read: reading(8, d, -1e6, 1), write: writing(8, d) }]), strength: 0 }, tokens, {
      capture,
    });
    expect(still).toMatchObject({ steered: false, gates: [1] });
    expect(still.rows).toEqual(none.rows);
  });

  test("without clipping g(c) = c, the paper's method: exactly c·λ·r is added", async () => {
    const tokens = bench.tokens(TEXT);
    const capture = [9, 20];
    const paper = plan([{ layer: 8, read: reading(8, d, 0, 1), write: writing(8, d) }], { clip: false });
    const result = await bench.run(paper, tokens, { capture });
    const c = result.scores[0]!;
    expect(result.gates).toEqual([c]);
    const same = plan([{ layer: 8, read: reading(8, d, OPEN.tau, 1), write: writing(8, d, c) }]);
    const byHand = await bench.run(same, tokens, { capture });
    expect(byHand.gates).toEqual([1]);
    expect(byHand.rows).toEqual(result.rows);
    // A negative score steers away from refusal: that is the paper's, and why the gate is clipped by default.
    const negative = plan([{ layer: 8, read: { ...reading(8, d, 0, 1), w: reading(8, d, 0, 1).w.map((x) => -x) }, write: writing(8, d) }], {
      clip: false,
    });
    expect((await bench.run(negative, tokens, { capture })).gates).toEqual([-c]);
  });

  test('between the threshold and full strength the vector grows with the score', async () => {
    const tokens = bench.tokens(TEXT);
    const capture = [9, 20];
    const probe = await bench.run(plan([{ layer: 8, read: reading(8, d, 0, 1), write: null }]), tokens, { capture });
    const c = probe.scores[0]!;
    const quarter = plan([{ layer: 8, read: reading(8, d, c - 1, 4), write: writing(8, d, 2) }], { strength: 1.5 });
    const result = await bench.run(quarter, tokens, { capture });
    expect(result.gates[0]).toBeCloseTo(0.25, 5);
    const byHand = plan([{ layer: 8, read: reading(8, d, OPEN.tau, 1), write: writing(8, d, Math.fround(3 * result.gates[0]!)) }]);
    expect(difference((await bench.run(byHand, tokens, { capture })).rows!, result.rows!)).toBeLessThan(1e-6);
  });

  test('partly open, it adds its little down to where it falls shut, and below that not one bit', async () => {
    const tokens = bench.tokens(TEXT);
    const capture = [9, 20];
    const probe = await bench.run(plan([{ layer: 8, read: reading(8, d, 0, 1), write: null }]), tokens, { capture });
    const c = probe.scores[0]!;
    const partialGate = { width: 1.5, gate: 0.125 };
    // u = −1, −2 and 0.5: partly open, shut, and open as ever.
    for (const [u, expected] of [
      [-1, 0.125],
      [-2, 0],
      [0.5, 0.5],
    ] as const) {
      const layer = { layer: 8, read: reading(8, d, c - 4 * u, 4), write: writing(8, d, 2) };
      const result = await bench.run(plan([layer], { partialGate }), tokens, { capture });
      expect(result.gates[0]).toBeCloseTo(expected, 5);
      expect(result.gates[0]).toBeCloseTo([...gates(plan([layer], { partialGate }), scoresOf(result)).values()][0]!, 5);
      expect(result.steered).toBe(expected > 0);
      const byHand = plan([{ layer: 8, read: reading(8, d, OPEN.tau, 1), write: writing(8, d, Math.fround(2 * result.gates[0]!)) }]);
      const same = expected === 0 ? await bench.run(null, tokens, { capture }) : await bench.run(byHand, tokens, { capture });
      expect(result.rows).toEqual(same.rows);
    }
  });

  test("pooling 'own' opens each layer by its own score, 'mean' all that write by the mean of all that read", async () => {
    const tokens = bench.tokens(TEXT);
    const probe = await bench.run(plan([6, 8, 10].map((layer) => ({ layer, read: reading(layer, d, 0, 1), write: null }))), tokens, {
      capture: [6],
    });
    const c = probe.scores;
    const own = plan([
      { layer: 6, read: reading(6, d, c[0]! - 0.3, 1), write: writing(6, d, 0.01) },
      { layer: 8, read: reading(8, d, c[1]! + 5, 1), write: writing(8, d) },
      { layer: 10, read: reading(10, d, c[2]! - 9, 1), write: writing(10, d) },
    ]);
    const owned = await bench.run(own, tokens, { capture: [6] });
    expect(owned.gates[0]).toBeCloseTo(0.3, 4);
    expect(owned.gates.slice(1)).toEqual([0, 1]);

    const mean = plan(
      [
        { layer: 6, read: reading(6, d, c[0]! - 1.5, 1), write: null },
        { layer: 8, read: reading(8, d, c[1]! + 0.9, 1), write: null },
        { layer: 10, read: reading(10, d, c[2]! - 0.6, 2), write: writing(10, d) },
        { layer: 14, read: null, write: writing(14, d) },
      ],
      { pooling: 'mean' },
    );
    const pooled = await bench.run(mean, tokens, { capture: [6] });
    const expected = gates(mean, scoresOf(pooled));
    expect(pooled.layers).toEqual([6, 8, 10, 14]);
    expect(pooled.scores[3]).toBeNaN();
    // u = 1.5, −0.9 and 0.3; clipped one by one the mean would be 0.433.
    expect(expected.get(10)).toBeCloseTo(0.3, 4);
    expect(pooled.gates[2]).toBeCloseTo(expected.get(10)!, 5);
    expect(pooled.gates[3]).toBe(pooled.gates[2]);
  });

  test('any one probe opens the pooled gate, the most open one decides', async () => {
    const tokens = bench.tokens(TEXT);
    const probe = await bench.run(plan([6, 8, 10].map((layer) => ({ layer, read: reading(layer, d, 0, 1), write: null }))), tokens, {
      capture: [6],
    });
    const c = probe.scores;
    const probes = (u: [number, number, number]) =>
      plan(
        [
          { layer: 6, read: { ...reading(6, d, c[0]! - u[0], 1), probe: 0 }, write: null },
          { layer: 8, read: { ...reading(8, d, c[1]! - u[1], 1), probe: 1 }, write: null },
          { layer: 10, read: { ...reading(10, d, c[2]! - u[2], 1), probe: 0 }, write: writing(10, d) },
        ],
        { pooling: 'mean' },
      );
    for (const [u, gate] of [
      [[-2, 0.4, -2], 0.4],
      [[0.2, -3, 0.8], 0.5],
      [[0.2, 0.7, 0.2], 0.7],
      [[-0.1, -0.1, -5], 0],
    ] as [[number, number, number], number][]) {
      const result = await bench.run(probes(u), tokens, { capture: [6] });
      expect(result.gates[2]).toBeCloseTo(gate, 4);
      expect(result.gates[2]).toBeCloseTo(gates(probes(u), scoresOf(result)).get(10)!, 5);
      expect(result.steered).toBe(gate > 0);
    }
  });
});
