/**
 * The hook where the model lies on a GPU: everything it does, held against the same model on the processor. What an
 * addition is exact in there is exact here; sums over a whole row differ a little, as the device adds in another order.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LlamaModel, Token } from 'node-llama-cpp';
import { createContext } from '../../../electron/engine/worker/model-host.ts';
import { evaluateSegment, startReply } from '../../../electron/engine/worker/sequence.ts';
import type { PromptSteering } from '../../../steering/runtime/prompt-phase.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { Bench, createBench, difference, OPEN, plan, reading, SHUT, startHarness, writing, type Harness } from '../hook/harness.ts';
import { modelPath } from '../support.ts';
import { DEVICE, takeDevice, WHY_NOT } from './device.ts';

/** ‖a − b‖ / ‖b‖ of rows, and the distance of gates, that a device's own order of additions may make. */
const ROWS = 0.05;
const GATE = 0.01;
const CAPTURE = [4, 7, 11];
const OPTIONS = { contextSize: 256, batchSize: 64, sequences: 4 };

describe.skipIf(WHY_NOT !== null)(`the hook on a device (${WHY_NOT ?? DEVICE})`, () => {
  let harness: Harness;
  let device: Bench;
  let cpu: Bench;
  let onCpu: LlamaModel;
  let d: number;
  let tokens: Token[];
  beforeAll(async () => {
    takeDevice();
    harness = await startHarness({ gpu: DEVICE, modelPath: modelPath() });
    d = harness.d;
    device = await createBench(harness, OPTIONS);
    onCpu = await harness.llama.loadModel({ modelPath: modelPath(), gpuLayers: 0 });
    cpu = await createBench({ ...harness, model: onCpu }, OPTIONS);
    // Few enough that a device leaves the processor's layers alone, which it takes over for large batches.
    tokens = device.tokens('Write a short poem about a lighthouse keeper.').slice(0, 24);
  });
  afterAll(() => harness?.llama.dispose());

  /** Reads at 5 and writes at 6, where the gate is between shut and open. */
  const half = (change: Partial<SteeringPlan> = {}) =>
    plan(
      [
        { layer: 5, read: reading(5, d, -20, 40), write: null },
        { layer: 6, read: null, write: writing(6, d) },
      ],
      { pooling: 'mean', ...change },
    );
  const own = (read: { tau: number; scale: number }) =>
    plan([5, 8].map((layer) => ({ layer, read: reading(layer, d, read.tau, read.scale), write: writing(layer, d) })));

  async function onBoth(use: SteeringPlan | null, prompt = tokens): Promise<{ there: PromptSteering; here: PromptSteering }> {
    return { there: await device.run(use, prompt, { capture: CAPTURE }), here: await cpu.run(use, prompt, { capture: CAPTURE }) };
  }
  function expectAlike({ there, here }: { there: PromptSteering; here: PromptSteering }): void {
    expect(there.steered).toBe(here.steered);
    expect(there.layers).toEqual(here.layers);
    there.gates.forEach((gate, index) => expect(Math.abs(gate - here.gates[index]!)).toBeLessThan(GATE));
    expect(difference(there.rows!, here.rows!)).toBeLessThan(ROWS);
  }

  test('every layer of the model lies there, and every block is reached', async () => {
    expect(harness.llama.gpu).toBe(DEVICE);
    expect(harness.model.gpuLayers).toBe(13);
    expect(onCpu.gpuLayers).toBe(0);
    const seen = await device.withSequence((sequence) => device.steering.probe(() => sequence.evaluateWithoutGeneratingNewTokens(tokens)));
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  test('captured rows are those of the processor', async () => {
    const { there, here } = await onBoth(null);
    expect(there.rows).toHaveLength(CAPTURE.length * d);
    expect(difference(there.rows!, here.rows!)).toBeLessThan(ROWS);
  });

  test('vectors are added on the device, and by transfer to the same bits', async () => {
    const results: PromptSteering[] = [];
    const added: object[] = [];
    for (const mode of ['auto', 'device', 'transfer'] as const) {
      device.steering.setAccessMode(mode);
      const before = device.steering.counters();
      results.push(await device.run(own({ tau: -500, scale: 1000 }), tokens, { capture: CAPTURE }));
      const after = device.steering.counters();
      added.push({ host: after.host - before.host, transfer: after.transfer - before.transfer, device: after.device - before.device });
    }
    device.steering.setAccessMode('auto');
    expect(added).toEqual([
      { host: 0, transfer: 0, device: 2 },
      { host: 0, transfer: 0, device: 2 },
      { host: 0, transfer: 2, device: 0 },
    ]);
    expect(results[0]!.steered).toBe(true);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test.each([
    ['own gates, half open', () => own({ tau: -20, scale: 40 })],
    ['own gates, all open', () => own(OPEN)],
    ['a pooled gate', () => half()],
    ['a gate that is not clipped', () => ({ ...own({ tau: 0, scale: 1000 }), clip: false })],
  ])('%s: as on the processor', async (_, made) => {
    expectAlike(await onBoth(made()));
  });

  test('a shut gate changes not one bit', async () => {
    const none = await device.run(null, tokens, { capture: CAPTURE });
    const shut = await device.run(own(SHUT), tokens, { capture: CAPTURE });
    expect(shut).toMatchObject({ steered: false, gates: [0, 0] });
    // Steering evaluates the graph to its end, capturing alone leaves it early: to the same bits.
    expect(shut.rows).toEqual(none.rows);
    const steered = await device.run(own(OPEN), tokens, { capture: CAPTURE });
    expect(difference(steered.rows!, none.rows!)).toBeGreaterThan(0.1);
  });

  test('two passes: the first only reads, the second writes with its gate', async () => {
    const passes = half({ passes: 2 });
    const none = await device.run(null, tokens, { capture: CAPTURE });
    const { there: first, here } = await onBoth(passes);
    expect(first).toMatchObject({ steered: false });
    expect(first.rows).toEqual(none.rows);
    expect(Math.abs(first.secondPassGate - here.secondPassGate)).toBeLessThan(GATE);
    const second = await device.withSequence((sequence, id) =>
      device.prompt(sequence, id, tokens, { steer: true, capture: true, gate: first.secondPassGate }),
    );
    expect(second).toMatchObject({ steered: true, layers: [6] });
    const byHand = plan([{ layer: 6, read: reading(6, d, OPEN.tau, 1), write: writing(6, d, first.secondPassGate) }]);
    expect(second.rows).toEqual((await device.run(byHand, tokens, { capture: CAPTURE })).rows);
  });

  test('every token is read, wherever the one that decides stands', async () => {
    const { there, here } = await onBoth(half({ passes: 2, reading: 'every' }));
    expect(there.readAt).toBe(here.readAt);
    expect(Math.abs(there.secondPassGate - here.secondPassGate)).toBeLessThan(GATE);
  });

  test('a prompt of several batches is read and steered as one', async () => {
    const long = Array.from({ length: 8 }, () => tokens)
      .flat()
      .slice(0, 80);
    harness.batches.length = 0;
    const { there, here } = await onBoth(half({ passes: 2, reading: 'every' }), long);
    expect(harness.batches).toEqual([64, 16, 64, 16]);
    expect(there.readAt).toBe(here.readAt);
    expect(Math.abs(there.secondPassGate - here.secondPassGate)).toBeLessThan(GATE);
  });

  test('prompts that share a batch are each steered by their own', async () => {
    const shared = new Bench(harness, await createContext(harness.model, { contextSize: 128, batchSize: 64, sequences: 4, threads: 1 }));
    const prompts = [20, 16, 12].map((length) => tokens.slice(0, Math.min(length, tokens.length)));
    const alone: PromptSteering[] = [];
    for (const prompt of prompts) alone.push(await shared.run(own(OPEN), prompt, { capture: CAPTURE }));
    harness.batches.length = 0;
    const together = await Promise.all(prompts.map((prompt) => shared.run(own(OPEN), prompt, { capture: CAPTURE })));
    expect(harness.batches).toHaveLength(1);
    together.forEach((result, index) => {
      expect(result.steered).toBe(true);
      expect(difference(result.rows!, alone[index]!.rows!)).toBeLessThan(ROWS);
    });
  });

  test('a segment of the past and a reply go through both passes in the engine', async () => {
    const passes = half({ passes: 2 });
    await device.withSequence(async (sequence) => {
      device.steering.setPlan(passes);
      harness.batches.length = 0;
      await evaluateSegment(device.steering, sequence, { kind: 'prompt', tokens }, true);
      expect(harness.batches).toEqual([tokens.length, tokens.length]);
      const reply = await startReply(device.steering, sequence, { kind: 'prompt', tokens }, { steer: true, sampling: { temperature: 0 } });
      const said: Token[] = [];
      for await (const token of reply.tokens) if (said.push(token) === 3) break;
      expect(said).toHaveLength(3);
      expect(reply.steering).toMatchObject({ steered: true });
    });
  });

  describe('fails closed', () => {
    const notSteerable = (why: RegExp) => expect.objectContaining({ code: 'model-not-steerable', message: expect.stringMatching(why) });
    test.each([
      [
        'a layer that is not there',
        () => plan([{ layer: 40, read: reading(40, d, 0, 1), write: writing(40, d) }]),
        /layer 40 did not come by/,
      ],
      ['vectors of another width', () => plan([{ layer: 5, read: reading(5, 128, 0, 1), write: writing(5, 128) }]), /width is 128/],
      [
        'a score that is not a number',
        () => plan([{ layer: 5, read: { ...reading(5, d, 0, 1), w: new Float32Array(d).fill(Number.NaN) }, write: writing(5, d) }]),
        /not finite/,
      ],
    ])('%s', async (_, made, why) => {
      await expect(device.run(made(), tokens, { capture: [7] })).rejects.toEqual(notSteerable(why));
      // The next prompt is none the worse for it.
      expect((await device.run(own(OPEN), tokens, { capture: [7] })).steered).toBe(true);
    });
  });
});
