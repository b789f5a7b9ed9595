/** Plans that read every token: the one that opens the gate widest decides, wherever it stands. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Token } from 'node-llama-cpp';
import { score } from '../../../steering/runtime/gate.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { createBench, plan, reading, startHarness, writing, type Bench, type Harness } from './harness.ts';

const LAYERS = [10, 12];
let harness: Harness;
let bench: Bench;
let d: number;
let tokens: Token[];
/** u of each token, from captured rows. */
let readings: number[];
beforeAll(async () => {
  harness = await startHarness();
  d = harness.d;
  bench = await createBench(harness, { contextSize: 256, batchSize: 64 });
  tokens = Array.from({ length: 8 }, () => bench.tokens('The keeper of the old lighthouse has a cat, and the cat has the keeper.'))
    .flat()
    .slice(0, 100);
  const { rows } = await captured(tokens.map((_, index) => index));
  readings = tokens.map((_, index) =>
    LAYERS.reduce((sum, layer, k) => {
      const row = rows!.subarray((index * LAYERS.length + k) * d, (index * LAYERS.length + k + 1) * d);
      return sum + score(row, reading(layer, d, 0, 1).w) / LAYERS.length;
    }, 0),
  );
});
afterAll(() => harness?.llama.dispose());

function every(tau: number): SteeringPlan {
  const layers = [
    ...LAYERS.map((layer) => ({ layer, read: reading(layer, d, tau, 1), write: null })),
    { layer: 14, read: null, write: writing(14, d) },
  ];
  return plan(layers, { pooling: 'mean', passes: 2, reading: 'every' });
}

function captured(positions: readonly number[]) {
  bench.steering.setPlan(null);
  bench.steering.setCapture(LAYERS);
  return bench.withSequence((sequence, id) => bench.prompt(sequence, id, tokens, { steer: false, capture: positions }));
}

function read(use: SteeringPlan, readFrom?: number) {
  bench.steering.setPlan(use);
  return bench.withSequence((sequence, id) => bench.prompt(sequence, id, tokens, { steer: true, readFrom }));
}

const widest = (from: number) => readings.reduce((best, u, at) => (at >= from && u > readings[best]! ? at : best), from);

test('rows of the tokens asked for come in order, over several batches, and are those of capturing one alone', async () => {
  const all = await captured([3, 63, 64, 99]);
  expect(all.rows!.length).toBe(4 * LAYERS.length * d);
  const alone = await captured([64]);
  expect(alone.rows).toEqual(all.rows!.subarray(2 * LAYERS.length * d, 3 * LAYERS.length * d));
});

test('the token with the highest reading decides, also in an earlier batch of a long prompt', async () => {
  const at = widest(0);
  const result = await read(every(readings[at]! - 0.5));
  expect(result.readAt).toBe(at);
  expect(result.secondPassGate).toBeCloseTo(0.5, 3);
  expect(result.steered).toBe(false);
  expect(result.scores.slice(0, 2).reduce((sum, c) => sum + c, 0) / 2).toBeCloseTo(readings[at]!, 3);
});

test('a threshold above every reading leaves the gate shut', async () => {
  const result = await read(every(readings[widest(0)]! + 0.01));
  expect(result).toMatchObject({ secondPassGate: 0, steered: false });
});

test('tokens of the template, before what a person wrote, are not read', async () => {
  const at = widest(0);
  const after = widest(at + 1);
  const result = await read(every(0), at + 1);
  expect(result.readAt).toBe(after);
});
