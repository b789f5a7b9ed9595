/** Prompts that share batches in the engine's own contexts are steered whole. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContext } from '../../../electron/engine/worker/model-host.ts';
import { Bench, difference, OPEN, plan, reading, startHarness, writing, type Harness } from './harness.ts';
import type { PromptSteering } from '../../../steering/runtime/prompt-phase.ts';

let harness: Harness;
let bench: Bench;
beforeAll(async () => {
  harness = await startHarness();
  bench = new Bench(harness, await createContext(harness.model, { contextSize: 128, batchSize: 64, sequences: 4, threads: 1 }));
});
afterAll(() => harness?.llama.dispose());

test('no prompt is cut because others wait beside it', async () => {
  const { d } = harness;
  const open = plan([{ layer: 8, read: reading(8, d, OPEN.tau, 1), write: writing(8, d) }]);
  const prompts = [40, 30, 24, 50].map((length, at) =>
    bench.tokens('one two three four five six seven '.repeat(12)).slice(at, at + length),
  );
  const alone: PromptSteering[] = [];
  for (const tokens of prompts) alone.push(await bench.run(open, tokens, { capture: [9, 20] }));
  harness.batches.length = 0;
  const together = await Promise.all(prompts.map((tokens) => bench.run(open, tokens, { capture: [9, 20] })));
  // 40 and 24 fill a batch; were prompts cut, every batch but the last would hold 64.
  expect(harness.batches).toEqual([64, 30, 50]);
  together.forEach((result, index) => {
    expect(result.steered).toBe(true);
    // Other company, other order of additions in the matrix products; nothing more.
    expect(difference(result.rows!, alone[index]!.rows!)).toBeLessThan(0.06);
  });
});
