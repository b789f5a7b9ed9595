/** Plans with a second stage: what it makes of the whole request, beside what the rows themselves say. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Token } from 'node-llama-cpp';
import { score } from '../../../steering/runtime/gate.ts';
import type { Confirmation, SteeringPlan } from '../../../steering/runtime/plan.ts';
import { noise, scaled } from '../support.ts';
import { createBench, plan, reading, startHarness, writing, type Bench, type Harness } from './harness.ts';

/** One that both stages read, one of the first stage alone, one of the second alone. */
const [BOTH, FIRST, SECOND] = [8, 10, 12];
const READ_FROM = 20;
let harness: Harness;
let bench: Bench;
let d: number;
let tokens: Token[];
/** The second stage's z, from captured rows. */
let z: number;
beforeAll(async () => {
  harness = await startHarness();
  d = harness.d;
  bench = await createBench(harness, { contextSize: 256, batchSize: 64 });
  tokens = Array.from({ length: 8 }, () => bench.tokens('The keeper of the old lighthouse has a cat, and the cat has the keeper.'))
    .flat()
    .slice(0, 100);
  bench.steering.setPlan(null);
  bench.steering.setCapture([BOTH, SECOND]);
  const read = tokens.map((_, at) => at).slice(READ_FROM);
  const { rows } = await bench.withSequence((sequence, id) => bench.prompt(sequence, id, tokens, { steer: false, capture: read }));
  z = [BOTH, SECOND].reduce((sum, layer, k) => {
    const row = (at: number) => rows!.subarray((at * 2 + k) * d, (at * 2 + k + 1) * d);
    const mean = new Float32Array(d).map((_, i) => read.reduce((total, _at, at) => total + row(at)[i]!, 0) / read.length);
    return sum + (score(row(read.length - 1), confirming(layer).w) + score(mean, confirming(layer).v)) / 2;
  }, 0);
});
afterAll(() => harness?.llama.dispose());

const confirming = (layer: number) => ({ w: scaled(noise(d, 400 + layer), 1), v: scaled(noise(d, 500 + layer), 3) });

/** @param first τ of the first stage: −1000 opens it wide */
function cascading(first: number, second: Partial<Confirmation>, { probe = 0, alone = 0, raise = 0 } = {}): SteeringPlan {
  const layers = [
    { layer: BOTH, read: { ...reading(BOTH, d, first, 1), probe }, confirming: confirming(BOTH), write: null },
    { layer: FIRST, read: { ...reading(FIRST, d, first, 1), probe }, write: null },
    { layer: SECOND, read: null, confirming: confirming(SECOND), write: null },
    { layer: 14, read: null, write: writing(14, d) },
  ];
  const confirmation = { probes: [{ probe: 0, raise, centre: 0, alone }], tau: 0, scale: 1, mostTokens: 1000, ...second };
  return plan(layers, { pooling: 'mean', passes: 2, reading: 'every', confirmation });
}

function read(use: SteeringPlan, on = bench) {
  on.steering.setPlan(use);
  return on.withSequence((sequence, id) => on.prompt(sequence, id, tokens, { steer: true, readFrom: READ_FROM }));
}

test('an open first stage opens the gate as far as the second one says, over two batches', async () => {
  expect((await read(cascading(-1000, { tau: z - 0.25 }))).secondPassGate).toBeCloseTo(0.25, 3);
  expect((await read(cascading(-1000, { tau: z - 3, scale: 4 }))).secondPassGate).toBeCloseTo(0.75, 3);
  expect((await read(cascading(-1000, { tau: z + 0.01 }))).secondPassGate).toBe(0);
});

test('what both stages read is kept, token by token', async () => {
  const { reading, readAt } = await read(cascading(-1000, { tau: z - 0.25 }));
  expect(reading!.from).toBe(READ_FROM);
  expect(reading!.tokens).toHaveLength(tokens.length - READ_FROM);
  const [probe] = reading!.probes;
  expect(probe).toMatchObject({ probe: 0, at: readAt - READ_FROM, confirmed: true });
  // Each token is kept as a 32-bit float.
  expect(Math.fround(probe!.u)).toBe(Math.max(...reading!.tokens));
  expect(reading!.second).toBeCloseTo(0.25, 3);
  expect(reading!.u).toBe(reading!.second);
});

test('the first stage raises what the second one says, up to a u of 1', async () => {
  expect((await read(cascading(-1000, { tau: z + 0.25 }, { raise: 0.5 }))).secondPassGate).toBeCloseTo(0.25, 3);
});

test('a first stage that is shut stays shut, whatever the second says', async () => {
  expect((await read(cascading(1000, { tau: z - 10 }))).secondPassGate).toBe(0);
});

test('a probe that needs no confirmation opens the gate by itself', async () => {
  expect((await read(cascading(-1000, { tau: z + 10 }, { probe: 1 }))).secondPassGate).toBe(1);
});

test('of a request that is too long for a mean the first stage decides, with thresholds that much higher', async () => {
  const count = tokens.length - READ_FROM;
  expect((await read(cascading(-1000, { tau: z + 10, mostTokens: count - 1 }))).secondPassGate).toBe(1);
  expect((await read(cascading(-1000, { tau: z + 10, mostTokens: count }))).secondPassGate).toBe(0);
  expect((await read(cascading(-1000, { tau: z - 10, mostTokens: count - 1 }, { alone: 2000 }))).secondPassGate).toBe(0);
});

test("the mean begins anew with the next prompt and is no other sequence's", async () => {
  const use = cascading(-1000, { tau: z - 0.5 });
  const alone = await read(use);
  const both = await createBench(harness, { contextSize: 512, batchSize: 256, sequences: 2 });
  both.steering.setPlan(use);
  const together = await both.withSequence((one, oneId) =>
    both.withSequence(async (two, twoId) => {
      both.steering.beginPrompt(oneId, tokens.length, { steer: true, readFrom: READ_FROM });
      both.steering.beginPrompt(twoId, 40, { steer: true });
      await Promise.all([one.evaluateWithoutGeneratingNewTokens(tokens), two.evaluateWithoutGeneratingNewTokens(tokens.slice(50, 90))]);
      both.steering.endPrompt(twoId);
      return both.steering.endPrompt(oneId)!;
    }),
  );
  // A batch of another size rounds otherwise.
  expect(Math.abs(together.secondPassGate - alone.secondPassGate)).toBeLessThan(0.1);
  expect(await read(use)).toEqual(alone);
  await both.context.dispose();
});

test('a second stage that scores a value that is no number fails the batch', async () => {
  const broken = cascading(-1000, {});
  const layers = broken.layers.map((layer) =>
    layer.layer === SECOND ? { ...layer, confirming: { ...confirming(SECOND), v: new Float32Array(d).fill(NaN) } } : layer,
  );
  await expect(read({ ...broken, layers })).rejects.toThrow('not finite');
});

test('a layer of the second stage that does not come by fails the batch', async () => {
  const use = cascading(-1000, {});
  const layers = [...use.layers, { layer: 500, read: null, confirming: confirming(SECOND), write: null }];
  await expect(read({ ...use, layers })).rejects.toThrow('did not come by');
});
