/** Models with a recurrent state go back to where it was kept, and nowhere else; what is gone is evaluated anew, with steering. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LlamaContextSequence } from 'node-llama-cpp';
import { isBorder, markBorder, openSequence, truncateSequence } from '../../../electron/engine/worker/borders.ts';
import { ChatSession } from '../../../electron/engine/worker/chat-session.ts';
import { createContext, disposeLlama, loadHost, type LoadedHost } from '../../../electron/engine/worker/model-host.ts';
import type { EngineTurn, GenerationResult } from '../../../electron/engine/protocol.ts';
import { CHECKPOINTS } from '../../../models/checkpoints.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { writeArchitecture } from '../../synthetic-gguf/architecture-model.ts';
import { WIDTH } from '../../synthetic-gguf/parts.ts';
import { ask, assistant, GREEDY, noise, scaled, temporaryFolder, user } from '../support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let host: LoadedHost;
beforeAll(async () => {
  const modelPath = join(
    temporaryFolder((task) => cleanups.push(task)),
    'hybrid.gguf',
  );
  await writeArchitecture('qwen35', modelPath);
  host = await loadHost({ modelPath, gpu: false, contextSize: 1024, onProgress: () => undefined, onLog: () => undefined });
  cleanups.push(() => disposeLlama(host.llama));
});

/** Whatever comes, it is steered, in two passes. */
const plan: SteeringPlan = {
  ...{ pooling: 'mean', clip: true, strength: 1, passes: 2, reading: 'every' },
  layers: [
    { layer: 1, read: null, write: { r: scaled(noise(WIDTH, 5), 4), lambda: 1 } },
    { layer: 2, read: { w: scaled(noise(WIDTH, 6), 1), tau: -1e6, scale: 1 }, write: null },
  ],
};

/** The library's record of what it keeps, to lose it. */
const kept = (sequence: LlamaContextSequence) =>
  (sequence as unknown as { _checkpoints: { clearAllCheckpoints(): void; _checkpoints: unknown[] } })._checkpoints;

test('a sequence is cut back to where it was marked; elsewhere nothing is evaluated behind anyone’s back', async () => {
  const context = await createContext(host.model, { contextSize: 256, batchSize: 256, sequences: 1, threads: 1 });
  const steering = host.runtime.of(context);
  const sequence = openSequence(context);
  const tokens = host.model.tokenize('one two three four five six seven');
  const first = async () => {
    for await (const token of sequence.evaluate(tokens.slice(0, 5), { temperature: 0 })) return token;
    return null;
  };
  await sequence.evaluateWithoutGeneratingNewTokens(tokens);
  await markBorder(sequence);
  const said = await first();
  expect(isBorder(sequence, tokens.length)).toBe(true);
  expect(isBorder(sequence, tokens.length - 1)).toBe(false);
  await truncateSequence(steering, sequence, tokens.length);
  expect(sequence.nextTokenIndex).toBe(tokens.length);
  expect(await first()).toBe(said);
  // The library would evaluate the first tokens again.
  await expect(truncateSequence(steering, sequence, tokens.length - 2)).rejects.toMatchObject({ code: 'model-not-steerable' });
  await truncateSequence(steering, sequence, 0);
  await sequence.evaluateWithoutGeneratingNewTokens(tokens);
  expect(await first()).toBe(said);
  await context.dispose();
});

test('a conversation whose kept states are gone comes out the same, steered, and what is kept is bounded', async () => {
  let sequence: LlamaContextSequence | null = null;
  const { context } = host;
  const getSequence = context.getSequence.bind(context);
  context.getSequence = (options) => (sequence = getSequence(options));
  const session = new ChatSession(host);
  context.getSequence = getSequence;
  await session.setPlan(plan);
  const say = async (turns: EngineTurn[]): Promise<GenerationResult> => {
    const sampling = { ...GREEDY, maxTokens: 6 };
    const { signal } = new AbortController();
    const result = await session.generate({ prompt: ask(...turns), sampling, steer: true, signal, onText: () => undefined });
    await session.settle();
    return result;
  };
  const turns: EngineTurn[] = [];
  const replies: GenerationResult[] = [];
  for (const text of ['One?', 'Two?', 'Three?', 'Four?', 'Five?', 'Six?']) {
    turns.push(user(text));
    const reply = await say(turns);
    // Each turn evaluates its own message alone.
    if (replies.length > 0) expect(reply.cachedTokens).toBeGreaterThan(replies.at(-1)!.promptTokens);
    replies.push(reply);
    turns.push(assistant(reply.text));
    expect(kept(sequence!)._checkpoints.length).toBeLessThanOrEqual(CHECKPOINTS.most);
    expect(sequence!.checkpointsMemoryUsage).toBeLessThanOrEqual(CHECKPOINTS.bytes);
  }
  const told = ({ text, scores, steered }: GenerationResult) => ({ text, scores, steered });
  // The first turn's states were given up for later ones.
  expect(told(await say(turns.slice(0, 3)))).toEqual(told(replies[1]!));
  expect(told(await say(turns.slice(0, 11)))).toEqual(told(replies[5]!));
  kept(sequence!).clearAllCheckpoints();
  const anew = await say(turns.slice(0, 11));
  expect(anew).toMatchObject({ steered: true, cachedTokens: 0 });
  expect(told(anew)).toEqual(told(replies[5]!));
  await session.dispose();
});
