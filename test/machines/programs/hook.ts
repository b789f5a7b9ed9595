/**
 * What the hook does on the machine that runs this, as one line of JSON: `node hook.ts MODEL`. The same on every machine,
 * so that one can be held against another.
 */
import { createHash } from 'node:crypto';
import type { PromptSteering } from '../../../steering/runtime/prompt-phase.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { createBench, OPEN, plan, reading, SHUT, startHarness, writing } from '../../engine/hook/harness.ts';

const [, , modelPath = ''] = process.argv;
const harness = await startHarness({ modelPath });
const bench = await createBench(harness, { contextSize: 128, batchSize: 64 });
const { d } = harness;
const blocks = harness.model.fileInsights.totalLayers - 1;
const [first, second, last] = [Math.round(blocks / 4), Math.round(blocks / 2), blocks - 1] as const;
const tokens = bench.tokens('Write a short poem about a lighthouse keeper.').slice(0, 12);
const own = (read: { tau: number; scale: number }) =>
  plan([first, second].map((layer) => ({ layer, read: reading(layer, d, read.tau, read.scale), write: writing(layer, d) })));
const run = (use: SteeringPlan | null) => bench.run(use, tokens, { capture: [last] });
const bitsOf = ({ rows, scores, gates }: PromptSteering) =>
  createHash('sha256')
    .update(new Uint8Array(rows!.buffer, rows!.byteOffset, rows!.byteLength))
    .update(JSON.stringify([scores, gates]))
    .digest('hex');

async function modes() {
  const results: Record<string, object> = {};
  for (const mode of ['auto', 'transfer', 'device'] as const) {
    bench.steering.setAccessMode(mode);
    const before = bench.steering.counters();
    const result = await run(own({ tau: -1000, scale: 2000 }));
    const after = bench.steering.counters();
    const added = { host: after.host - before.host, transfer: after.transfer - before.transfer, device: after.device - before.device };
    const { steered, scores, gates } = result;
    results[mode] = { added, steered, scores, gates, bits: bitsOf(result), row: [...result.rows!.subarray(0, 8)] };
  }
  bench.steering.setAccessMode('auto');
  return results;
}

async function faultOf(made: SteeringPlan): Promise<string> {
  try {
    await run(made);
    return 'none';
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message}`;
  }
}

const none = await run(null);
const shut = await run(own(SHUT));
const nan = { ...reading(first, d, 0, 1), w: new Float32Array(d).fill(Number.NaN) };
const report = {
  machine: `${process.platform}-${process.arch}`,
  blocks,
  seen: await bench.withSequence((sequence) => bench.steering.probe(() => sequence.evaluateWithoutGeneratingNewTokens(tokens))),
  modes: await modes(),
  shut: { steered: shut.steered, changed: Buffer.compare(Buffer.from(shut.rows!.buffer), Buffer.from(none.rows!.buffer)) !== 0 },
  faults: {
    layer: await faultOf(plan([{ layer: blocks + 9, read: reading(first, d, 0, 1), write: writing(first, d) }])),
    width: await faultOf(plan([{ layer: first, read: reading(first, d + 32, 0, 1), write: writing(first, d + 32) }])),
    nan: await faultOf(plan([{ layer: first, read: nan, write: writing(first, d) }])),
  },
  /** The next prompt is none the worse for the faults. */
  after: (await run(own(OPEN))).steered,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);
