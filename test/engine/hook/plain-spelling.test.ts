/** A prompt whose letters are hidden is read without what hides them, and answered as it was written. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tokenizeSegment, type TokenSegment } from '../../../electron/engine/worker/segments.ts';
import { evaluateSegment, startReply } from '../../../electron/engine/worker/sequence.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { createBench, plan as madePlan, startHarness, writing, type Bench, type Harness } from './harness.ts';

const LAYER = 10;
let harness: Harness;
let bench: Bench;
let honest: TokenSegment;
let hidden: TokenSegment;
/** Opens for the honest spelling alone. */
let plan: SteeringPlan;

beforeAll(async () => {
  harness = await startHarness();
  bench = await createBench(harness, { contextSize: 256, batchSize: 128 });
  const segment = (text: string) => tokenizeSegment(bench.model, { kind: 'prompt', pieces: [{ text, special: false }] }, true);
  honest = segment('The keeper of the old lighthouse has a cat.');
  hidden = segment('The kеереr of the оld lіghthоuѕе has a саt.');
  // The direction of some word's row, in which that word stands out, and its hidden spelling does not.
  for (let word = 1; word < honest.tokens.length; word++) {
    const w = await rowOfToken(word);
    const [peak, hiddenPeak] = [await highest(honest, w), await highest({ ...hidden, plain: undefined }, w)];
    plan = every(w, (peak + hiddenPeak) / 2);
    if (peak > hiddenPeak) return;
  }
  throw new Error('The hidden spelling stands out everywhere.');
});
afterAll(() => harness?.llama.dispose());

/** Less the mean of all, which every row shares. */
async function rowOfToken(at: number): Promise<Float32Array> {
  const { d } = harness;
  bench.steering.setPlan(null);
  bench.steering.setCapture([LAYER]);
  const capture = honest.tokens.map((_, index) => index);
  const read = await bench.withSequence((sequence, id) => bench.prompt(sequence, id, honest.tokens, { steer: false, capture }));
  const rows = capture.map((index) => read.rows!.subarray(index * d, (index + 1) * d));
  return Float32Array.from({ length: d }, (_, i) => rows[at]![i]! - rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);
}

function every(w: Float32Array, tau: number): SteeringPlan {
  const layers = [
    { layer: LAYER, read: { w, tau, scale: 1e-3 }, write: null },
    { layer: 14, read: null, write: writing(14, harness.d) },
  ];
  return madePlan(layers, { pooling: 'mean', passes: 2, reading: 'every' });
}

async function highest(segment: TokenSegment, w: Float32Array): Promise<number> {
  bench.steering.setPlan(every(w, 0));
  const read = await bench.withSequence((sequence) => evaluateSegment(bench.steering, sequence, segment, true));
  return read!.scores[0]!;
}

test('the hidden prompt has the honest one beside it, and the honest one nothing', () => {
  expect(honest.plain).toBeUndefined();
  expect(hidden.plain!.tokens).toEqual(honest.tokens);
  expect(hidden.tokens.length).toBeGreaterThan(honest.tokens.length);
});

test('what its plain spelling opens is added to the prompt as it was written', async () => {
  bench.steering.setPlan(plan);
  await bench.withSequence(async (sequence) => {
    const unseen = await evaluateSegment(bench.steering, sequence, { ...hidden, plain: undefined }, true);
    expect(unseen).toMatchObject({ steered: false, secondPassGate: 0 });
  });
  await bench.withSequence(async (sequence) => {
    const past = await evaluateSegment(bench.steering, sequence, hidden, true);
    expect(past).toMatchObject({ steered: true, secondPassGate: 1 });
    expect(sequence.nextTokenIndex).toBe(hidden.tokens.length);
  });
  await bench.withSequence(async (sequence) => {
    const { tokens, steering } = await startReply(bench.steering, sequence, hidden, { steer: true, sampling: { temperature: 0 } });
    expect(steering).toMatchObject({ steered: true, secondPassGate: 1 });
    await tokens.return();
  });
});

test('nothing more is read where nothing is steered', async () => {
  bench.steering.setPlan(null);
  const before = bench.steering.rowsEvaluated();
  await bench.withSequence((sequence) => evaluateSegment(bench.steering, sequence, hidden, false));
  expect(bench.steering.rowsEvaluated() - before).toBe(hidden.tokens.length);
});
