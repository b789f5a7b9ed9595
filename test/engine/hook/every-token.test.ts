/** Plans that read every token: the one that opens the gate widest decides, wherever it stands. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Token } from 'node-llama-cpp';
import { score } from '../../../steering/runtime/gate.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { wideVector, withRunningMeans } from '../../../steering/calibration/probes/running-means.ts';
import { noise, scaled } from '../support.ts';
import { createBench, plan, reading, startHarness, writing, type Bench, type Harness } from './harness.ts';

const LAYERS = [10, 12];
let harness: Harness;
let bench: Bench;
let d: number;
let tokens: Token[];
/** [tokens × layers × d] */
let rows: Float32Array;
/** u of each token, from captured rows. */
let readings: number[];
beforeAll(async () => {
  harness = await startHarness();
  d = harness.d;
  bench = await createBench(harness, { contextSize: 256, batchSize: 64 });
  tokens = Array.from({ length: 8 }, () => bench.tokens('The keeper of the old lighthouse has a cat, and the cat has the keeper.'))
    .flat()
    .slice(0, 100);
  rows = (await captured(tokens.map((_, index) => index))).rows!;
  readings = tokens.map((_, index) =>
    LAYERS.reduce((sum, layer, k) => {
      const row = rows.subarray((index * LAYERS.length + k) * d, (index * LAYERS.length + k + 1) * d);
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

describe('running means', () => {
  const HALF_LIVES = [3, 12];
  const averagingRead = (layer: number, tau: number) => ({
    ...reading(layer, d, tau, 1),
    means: HALF_LIVES.map((halfLife, k) => ({ halfLife, v: scaled(noise(d, 300 + 10 * layer + k), 2) })),
  });
  const averaging = (tau: number): SteeringPlan => {
    const { layers, ...rest } = every(tau);
    return { ...rest, layers: layers.map((layer) => (layer.read === null ? layer : { ...layer, read: averagingRead(layer.layer, tau) })) };
  };
  /** c by layer of every token from `from` on, from captured rows. */
  const expected = (from: number) =>
    LAYERS.map((layer, k) => {
      const own = new Float32Array((tokens.length - from) * d);
      for (let t = from; t < tokens.length; t++) {
        own.set(rows.subarray((t * LAYERS.length + k) * d, (t * LAYERS.length + k + 1) * d), (t - from) * d);
      }
      const wide = withRunningMeans(own, [tokens.length - from], d, HALF_LIVES);
      const w = wideVector(averagingRead(layer, 0));
      return Array.from({ length: tokens.length - from }, (_, t) => score(wide.subarray(t * w.length, (t + 1) * w.length), w));
    });
  const peakOf = (c: number[][]) => {
    const mean = c[0]!.map((_, t) => c.reduce((sum, layer) => sum + layer[t]!, 0) / c.length);
    const at = mean.indexOf(Math.max(...mean));
    return { at, scores: c.map((layer) => layer[at]!) };
  };

  test.each([0, 30, 70])('of a prompt read from token %i on, over two batches, are those of its rows', async (from) => {
    const { at, scores } = peakOf(expected(from));
    const result = await read(averaging(0), from);
    expect(result.readAt).toBe(from + at);
    scores.forEach((c, k) => expect(result.scores[k]).toBeCloseTo(c, 3));
    // They say something that the token's own row does not.
    const alone = LAYERS.map((layer, k) =>
      score(rows.subarray(((from + at) * 2 + k) * d, ((from + at) * 2 + k + 1) * d), reading(layer, d, 0, 1).w),
    );
    expect(Math.abs(alone[0]! - scores[0]!)).toBeGreaterThan(0.01);
  });

  test("begin anew with the next prompt, and are no other sequence's", async () => {
    const alone = await read(averaging(0), 30);
    bench.steering.setPlan(averaging(0));
    const both = await createBench(harness, { contextSize: 256, batchSize: 256, sequences: 2 });
    both.steering.setPlan(averaging(0));
    const together = await both.withSequence((one, oneId) =>
      both.withSequence(async (two, twoId) => {
        both.steering.beginPrompt(oneId, tokens.length, { steer: true, readFrom: 30 });
        both.steering.beginPrompt(twoId, 40, { steer: true });
        await Promise.all([one.evaluateWithoutGeneratingNewTokens(tokens), two.evaluateWithoutGeneratingNewTokens(tokens.slice(50, 90))]);
        both.steering.endPrompt(twoId);
        return both.steering.endPrompt(oneId)!;
      }),
    );
    expect(together.readAt).toBe(alone.readAt);
    together.scores.slice(0, 2).forEach((c, k) => expect(c).toBeCloseTo(alone.scores[k]!, 2));
    expect(await read(averaging(0), 30)).toEqual(alone);
    await both.context.dispose();
  });
});
