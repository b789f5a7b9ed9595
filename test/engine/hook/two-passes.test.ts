/** Plans of two passes: read first, and only where the gate opens evaluate the prompt again, writing in every layer. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { truncateSequence } from '../../../electron/engine/worker/borders.ts';
import { evaluateSegment, startReply } from '../../../electron/engine/worker/sequence.ts';
import type { Token } from 'node-llama-cpp';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { createBench, difference, OPEN, plan, reading, SHUT, startHarness, writing, type Bench, type Harness } from './harness.ts';

let harness: Harness;
let bench: Bench;
let d: number;
let tokens: Token[];
beforeAll(async () => {
  harness = await startHarness();
  d = harness.d;
  bench = await createBench(harness, { contextSize: 256, batchSize: 256 });
  tokens = bench.tokens('Write a short poem about a lighthouse keeper and his very old cat.');
});
afterAll(() => harness?.llama.dispose());

/** Reads at 14 and 16, writes before and behind them. */
function twoPass(read: { tau: number; scale: number }): SteeringPlan {
  const layers = [
    { layer: 8, read: null, write: writing(8, d) },
    { layer: 14, read: reading(14, d, read.tau, read.scale), write: null },
    { layer: 16, read: reading(16, d, read.tau, read.scale), write: writing(16, d) },
    { layer: 18, read: null, write: writing(18, d) },
  ];
  return plan(layers, { pooling: 'mean', passes: 2 });
}
/** The same vectors, written in one pass with a given gate. */
const byHand = (gate: number) =>
  plan([8, 16, 18].map((layer) => ({ layer, read: reading(layer, d, OPEN.tau, 1), write: writing(layer, d, gate) })));
const CAPTURE = [9, 17, 19, 28];

describe('at the hook', () => {
  test('the first pass reads and changes nothing; the second writes everywhere with the gate of the first', async () => {
    const none = await bench.run(null, tokens, { capture: CAPTURE });
    const half = twoPass({ tau: -1, scale: 40 });
    const first = await bench.run(half, tokens, { capture: CAPTURE });
    expect(first.steered).toBe(false);
    expect(first.rows).toEqual(none.rows);
    expect(first.secondPassGate).toBeGreaterThan(0);
    expect(first.secondPassGate).toBeLessThan(1);
    const second = await bench.withSequence((sequence, id) =>
      bench.prompt(sequence, id, tokens, { steer: true, capture: true, gate: first.secondPassGate }),
    );
    expect(second).toMatchObject({ steered: true, secondPassGate: 0, layers: [8, 16, 18] });
    expect(second.scores.every(Number.isNaN)).toBe(true);
    const expected = await bench.run(byHand(first.secondPassGate), tokens, { capture: CAPTURE });
    expect(second.rows).toEqual(expected.rows);
    expect(difference(second.rows!, none.rows!)).toBeGreaterThan(0.1);
  });

  test('a shut gate asks for no second pass', async () => {
    expect(await bench.run(twoPass(SHUT), tokens, { capture: CAPTURE })).toMatchObject({ steered: false, secondPassGate: 0 });
  });
});

describe('in the engine', () => {
  const follow = () => bench.tokens('And then the storm came up.');

  /** What the cache holds after `evaluate`, seen by the rows of a prompt that follows. */
  function seen(plan: SteeringPlan, evaluate: (sequence: Parameters<typeof startReply>[1]) => Promise<unknown>) {
    return bench.withSequence(async (sequence, id) => {
      bench.steering.setPlan(plan);
      bench.steering.setCapture(CAPTURE);
      await evaluate(sequence);
      await truncateSequence(bench.steering, sequence, tokens.length);
      return (await bench.prompt(sequence, id, follow(), { steer: false, capture: true })).rows;
    });
  }

  test('a segment of the past is left as the second pass made it, an untouched one is evaluated once', async () => {
    const segment = { kind: 'prompt' as const, tokens };
    harness.batches.length = 0;
    const steered = await seen(twoPass(OPEN), (sequence) => evaluateSegment(bench.steering, sequence, segment, true));
    expect(harness.batches).toEqual([tokens.length, tokens.length, follow().length]);
    const expected = await seen(byHand(1), (sequence) => evaluateSegment(bench.steering, sequence, segment, true));
    expect(steered).toEqual(expected);
    harness.batches.length = 0;
    const untouched = await seen(twoPass(SHUT), (sequence) => evaluateSegment(bench.steering, sequence, segment, true));
    expect(harness.batches).toEqual([tokens.length, follow().length]);
    expect(untouched).toEqual(await seen(twoPass(OPEN), (sequence) => evaluateSegment(bench.steering, sequence, segment, false)));
    expect(untouched).not.toEqual(steered);
  });

  test("a reply's first token is sampled behind the second pass, and its scores are the first's", async () => {
    const sampling = { temperature: 0 };
    const firstTokens = async (use: SteeringPlan, count: number) => {
      const found: Token[] = [];
      const rows = await seen(use, async (sequence) => {
        const reply = await startReply(bench.steering, sequence, { kind: 'prompt', tokens }, { steer: true, sampling });
        for await (const token of reply.tokens) {
          found.push(token);
          if (found.length === count) break;
        }
        expect(reply.steering).toMatchObject({ steered: true });
        if (use.passes === 2) {
          expect(reply.steering!.layers).toEqual([14, 16]);
          expect(reply.steering!.scores.every(Number.isFinite)).toBe(true);
        }
      });
      return { found, rows };
    };
    const twice = await firstTokens(twoPass(OPEN), 5);
    const once = await firstTokens(byHand(1), 5);
    expect(twice.found).toHaveLength(5);
    expect(twice).toEqual(once);
  });
});
