/** The hook fails closed: what it cannot do to the letter fails the batch, and nothing is answered unsteered. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createContext, disposeLlama } from '../../../electron/engine/worker/model-host.ts';
import { loadNative } from '../../../steering/native/load.ts';
import { createBench, plan, reading, SHUT, startHarness, writing, type Bench, type Harness } from './harness.ts';

let harness: Harness;
let bench: Bench;
let d: number;
beforeAll(async () => {
  harness = await startHarness();
  d = harness.d;
  bench = await createBench(harness, { contextSize: 256, batchSize: 256 });
});

const TEXT = 'Write a short poem about a lighthouse keeper.';
const notSteerable = (why: RegExp) => expect.objectContaining({ code: 'model-not-steerable', message: expect.stringMatching(why) });

describe('a plan that does not fit', () => {
  const layer = (number: number, width = d) => ({ layer: number, read: reading(number, width, 0, 1), write: writing(number, width) });

  test.each([
    ['a layer that the model does not have', () => plan([layer(99)]), /layer 99 did not come by/],
    ['a layer that does not exist beside one that does', () => plan([layer(8), layer(99)]), /layer 99 did not come by/],
    ["the last block's output, which enters no block", () => plan([layer(30)]), /layer 30/],
    ['vectors of another width', () => plan([layer(8, 512)]), /width is 512, the model's 576/],
  ])('%s fails the prompt', async (_, made, why) => {
    await expect(bench.run(made(), bench.tokens(TEXT), { capture: [9] })).rejects.toEqual(notSteerable(why));
    // Nothing is sampled from it either.
    bench.steering.setPlan(made());
    await bench.withSequence(async (sequence, id) => {
      bench.steering.beginPrompt(id, bench.tokens(TEXT).length, { steer: true });
      const tokens = sequence.evaluate(bench.tokens(TEXT), { temperature: 0 });
      await expect(tokens.next()).rejects.toEqual(notSteerable(why));
      expect(bench.steering.endPrompt(id)).toBeNull();
    });
  });

  test('vectors of different widths are refused when the plan is set', () => {
    const mixed = plan([layer(8), layer(9, 512)]);
    expect(() => bench.steering.setPlan(mixed)).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });

  test('a score that is not a number fails the prompt, clipped or not', async () => {
    const broken = { ...reading(8, d, 0, 1), w: new Float32Array(d).fill(Number.NaN) };
    for (const clip of [true, false]) {
      const own = plan([{ layer: 8, read: broken, write: writing(8, d) }], { clip });
      await expect(bench.run(own, bench.tokens(TEXT), { capture: [9] })).rejects.toEqual(notSteerable(/not finite/));
      const mean = plan(
        [
          { layer: 7, read: reading(7, d, SHUT.tau, 1), write: null },
          { layer: 8, read: broken, write: null },
          { layer: 12, read: null, write: writing(12, d) },
        ],
        { pooling: 'mean', clip },
      );
      await expect(bench.run(mean, bench.tokens(TEXT), { capture: [9] })).rejects.toEqual(notSteerable(/not finite/));
    }
  });

  test('the next prompt is none the worse for it', async () => {
    const before = await bench.run(null, bench.tokens(TEXT), { capture: [9] });
    await expect(bench.run(plan([layer(99)]), bench.tokens(TEXT), { capture: [9] })).rejects.toThrow();
    expect(await bench.run(null, bench.tokens(TEXT), { capture: [9] })).toEqual(before);
  });
});

test('capturing a layer that is not there fails', async () => {
  await expect(bench.run(null, bench.tokens(TEXT), { capture: [9, 99] })).rejects.toEqual(notSteerable(/layer 99 did not come by/));
});

test('a model answers which layers can be reached', async () => {
  const tokens = bench.tokens(TEXT);
  const seen = await bench.withSequence((sequence) => bench.steering.probe(() => sequence.evaluateWithoutGeneratingNewTokens(tokens)));
  expect(seen).toEqual(Array.from({ length: 30 }, (_, block) => block + 1));
});

describe('a library that is laid out otherwise', () => {
  test.each(['contextSize', 'batchSize', 'sequences'])('is refused when %s reads as something else than was asked for', async (field) => {
    harness.tamper.with = (params) => ({ ...params, [field]: (params[field] as number) * 2 });
    try {
      const options = { contextSize: 64, batchSize: 32, sequences: 1, threads: 1 };
      // Through the engine's own way of making a context: the fault must not pass for a lack of memory.
      await expect(createContext(harness.model, options)).rejects.toMatchObject({ code: 'native-addon-mismatch' });
    } finally {
      harness.tamper.with = null;
    }
  });

  test('is refused before anything is written into it', () => {
    const { constructor } = (harness.unhooked as unknown as { _ctx: object })._ctx;
    const asked = { contextSize: 64, batchSize: 32, sequences: 1 };
    const { _model } = harness.model as unknown as { _model: object };
    const context = new (constructor as new (model: object, params: object) => object)(_model, asked);
    const { SteeringHook } = loadNative();
    const put = (read: object) => new SteeringHook(context, { unified: true, asked: { ...asked, ...read } });
    expect(() => put({ contextSize: 65 })).toThrow(/contextSize reads as 64 instead of 65/);
    // A refused one has left no callback behind, or this would be refused too.
    expect(() => put({})).not.toThrow();
    expect(() => put({})).toThrow(/a callback is there already/);
  });

  test('a context that was made without the hook is never taken for a steered one', () => {
    expect(() => harness.runtime.of(harness.unhooked)).toThrow(expect.objectContaining({ code: 'native-addon-mismatch' }));
  });
});

test('a context that could not be made does not keep the engine from letting go of its model', async () => {
  harness.tamper.with = (params) => ({ ...params, batchSize: 48 });
  await expect(createContext(harness.model, { contextSize: 64, batchSize: 32, sequences: 1, threads: 1 })).rejects.toThrow();
  const started = performance.now();
  await disposeLlama(harness.llama);
  expect(performance.now() - started).toBeLessThan(20_000);
});
