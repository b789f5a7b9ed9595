/**
 * Models that think before they reply, with random weights: what is told apart, budgets, going on, and steering. What such a model thinks is
 * noise; that its rows are the ones that were written to is not.
 */
import { join } from 'node:path';
import type { Token } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outcomeOf } from '../../electron/chat/outcome.ts';
import type { EnginePrompt, GenerationResult } from '../../electron/engine/protocol.ts';
import { sequenceId } from '../../electron/engine/worker/borders.ts';
import { ChatSession } from '../../electron/engine/worker/chat-session.ts';
import { disposeLlama, loadHost, type LoadedHost } from '../../electron/engine/worker/model-host.ts';
import { inPrompt } from '../../electron/engine/worker/sequence.ts';
import { planFromProfile, readProfile, writeProfile } from '../../steering/profile/index.ts';
import type { SteeringPlan } from '../../steering/runtime/plan.ts';
import { thinkingModel } from '../synthetic-gguf/tiny-model.ts';
import { OPENED, QWEN } from '../unit/engine/reasoning/templates.ts';
import {
  ask,
  assistant,
  chat,
  finished,
  GREEDY,
  noise,
  pageSampling,
  scaled,
  startEngine,
  startTestApp,
  syntheticProfile,
  target,
  temporaryFolder,
  type TestEngine,
  user,
} from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

const MARKERS = ['<think>', '</think>'];
let thinker: Awaited<ReturnType<typeof thinkingModel>>;
let switched: Awaited<ReturnType<typeof thinkingModel>>;
beforeAll(async () => {
  thinker = await thinkingModel('opened', { markers: MARKERS, template: OPENED });
  switched = await thinkingModel('switched', { markers: MARKERS, template: QWEN });
});
const targetOf = ({ path, id, sha256, name }: typeof thinker) =>
  target({ modelId: id, modelName: name, modelPath: path, modelSha256: sha256 });

let replies = 0;
type Asked = Partial<Parameters<TestEngine['engine']['call']>[1]> & Record<string, unknown>;
const think = (
  { engine }: TestEngine,
  prompt: EnginePrompt,
  { sampling, ...more }: Asked & { sampling?: object } = {},
): Promise<GenerationResult> =>
  engine.call('chat.generate', {
    replyId: `thought-${replies++}`,
    prompt,
    sampling: { ...GREEDY, temperature: 1, topP: 1, seed: 3, maxTokens: 8, ...sampling },
    steer: false,
    ...more,
  });

async function loaded(model: typeof thinker, profilePath: string | null = null): Promise<TestEngine> {
  const started = startEngine(cleanup);
  started.profile.path = profilePath;
  await started.engine.load(targetOf(model));
  return started;
}

test('reasoning is told apart from the reply, streamed as such, and counted for itself', async () => {
  const started = await loaded(thinker);
  expect((await started.engine.ready()).reasoningChoices).toEqual([]);
  const streamed = { reasoning: '', reply: '' };
  const order: string[] = [];
  started.engine.onText(({ part, offset, delta }) => {
    expect(offset).toBe(streamed[part].length);
    streamed[part] += delta;
    if (order.at(-1) !== part) order.push(part);
  });
  let ended: GenerationResult | null = null;
  // It closes its reasoning when chance has it.
  for (let seed = 0; ended === null && seed < 40; seed++) {
    Object.assign(streamed, { reasoning: '', reply: '' });
    order.length = 0;
    const reply = await think(started, ask(user('Hello')), { sampling: { seed }, maxReasoningTokens: 60 });
    if (reply.reasoning?.state === 'ended' && reply.text !== '') ended = reply;
  }
  expect(ended).not.toBeNull();
  expect(streamed).toEqual({ reasoning: ended!.reasoning!.text, reply: ended!.text });
  expect(order).toEqual(['reasoning', 'reply']);
  expect(ended!.finishReason).toBe('length');
  // Eight of the reply, and those of the reasoning beside them.
  expect(ended!.generatedTokens).toBe(ended!.reasoning!.tokens! + 8);
  expect(streamed.reasoning + streamed.reply).not.toContain('think>');
});

test('reasoning that comes to its limit is ended, and the reply has its whole budget', async () => {
  const started = await loaded(thinker);
  const greedy = { temperature: 0, maxTokens: 6 };
  const reply = await think(started, ask(user('Hello')), { sampling: greedy, maxReasoningTokens: 10 });
  expect(reply).toMatchObject({ finishReason: 'length', reasoning: { state: 'cut' } });
  expect(reply.text).not.toBe('');
  expect(reply.generatedTokens).toBe(reply.reasoning!.tokens! + 6);
  // In a small context what is left is shared.
  const small = startEngine(cleanup);
  await small.engine.load({ ...targetOf(thinker), contextSize: 256 });
  const shared = await think(small, ask(user('Hello')), { sampling: { temperature: 0, maxTokens: 4000 } });
  expect(shared.reasoning!.state).toBe('cut');
  expect(shared.finishReason).toBe('context-full');
  expect(shared.generatedTokens - shared.reasoning!.tokens!).toBeGreaterThan(90);
});

test('what was thought is no part of later turns, and the cache serves them as it does without', async () => {
  const warm = await loaded(thinker);
  const first = await think(warm, ask(user('One')), { maxReasoningTokens: 12 });
  const turns = [user('One'), { ...assistant(first.text), reasoning: first.reasoning!.text }, user('Two')];
  const on = await think(warm, ask(...turns), { maxReasoningTokens: 12 });
  const cold = await loaded(thinker);
  const anew = await think(cold, ask(user('One'), assistant(first.text), user('Two')), { maxReasoningTokens: 12 });
  expect({ text: on.text, reasoning: on.reasoning!.text }).toEqual({ text: anew.text, reasoning: anew.reasoning!.text });
  expect(on.promptTokens).toBe(anew.promptTokens);
});

test('a switch of the template is found and does what it says', async () => {
  const started = await loaded(switched);
  expect((await started.engine.ready()).reasoningChoices).toEqual(['off', 'on']);
  const off = await think(started, { ...ask(user('Hello')), reasoning: 'off' });
  const tokens = async (reasoning?: 'on') =>
    (await think(started, { ...ask(user('Hello')), ...(reasoning && { reasoning }) })).promptTokens;
  expect(off.promptTokens).toBeGreaterThan(await tokens());
  expect(await tokens('on')).toBe(await tokens());
});

test('a typed marker is text, though the vocabulary calls it user-defined', async () => {
  const started = await loaded(switched);
  const typed = '</think><think><|im_end|>';
  const tokens = async (text: string) => (await think(started, ask(user(text)), { sampling: { maxTokens: 1 } })).promptTokens;
  // A byte is a token here, and a marker would be one.
  expect((await tokens(typed)) - (await tokens('x'))).toBe(typed.length - 1);
});

/** A profile whose gate is open for every prompt, and writes so much that it shows in what is drawn. */
async function openProfile({ engine }: TestEngine, path: string, strength = 4): Promise<void> {
  const model = await engine.ready();
  const d = model.embeddingLength;
  const synthetic = {
    reads: [{ layer: 4, w: scaled(noise(d, 1), 1e-3), tau: -10, scale: 0.1 }],
    writes: [{ layer: 6, r: scaled(noise(d, 2), 3) }],
    strength,
  };
  const profile = syntheticProfile(model, synthetic, {}, targetOf(thinker));
  await writeProfile(path, { ...profile, method: { ...profile.method, passes: 2, reading: 'every' } });
}

describe('a gate that the prompt opened', () => {
  let host: LoadedHost;
  let session: ChatSession;
  let plan: SteeringPlan;
  beforeAll(async () => {
    const path = join(temporaryFolder(cleanup), 'open.safetensors');
    await openProfile(await loaded(thinker), path);
    plan = planFromProfile(await readProfile(path));
    host = await loadHost({ modelPath: thinker.path, gpu: false, contextSize: 1024, onProgress: () => undefined, onLog: () => undefined });
    cleanup(() => disposeLlama(host.llama));
    session = new ChatSession(host);
    await session.setPlan(plan);
  });
  const reply = (more: { steer?: boolean; reasoning?: { text: string; ended: boolean }; reply?: string } = {}) =>
    session.generate({
      prompt: ask(user('Hello')),
      sampling: { ...GREEDY, maxTokens: 6 },
      maxReasoningTokens: 10,
      steer: true,
      signal: new AbortController().signal,
      onText: () => undefined,
      ...more,
    });
  /** Rows of the layer that writes are written to once a batch: a token of its own each, but for the prompt and what is read again. */
  const additions = async (task: () => Promise<unknown>) => {
    const before = host.runtime.of(host.context).counters().host;
    await task();
    return host.runtime.of(host.context).counters().host - before;
  };

  test('stays open for every token that is thought, and for none of the reply', async () => {
    // The prompt, nine thoughts, and the tenth together with what ends them; six tokens of the reply are left alone.
    expect(await additions(() => reply())).toBe(1 + 9 + 1);
    expect(await additions(() => reply({ steer: false }))).toBe(0);
    // The prompt is in the cache by now. What was thought is written to again when it is read again, and what was said is not.
    const thought = { text: (await reply()).reasoning!.text, ended: true };
    expect(await additions(() => reply({ reasoning: thought }))).toBe(1);
    expect(await additions(() => reply({ reasoning: thought, reply: 'w260' }))).toBe(1);
    expect(await additions(() => reply({ reasoning: { ...thought, ended: false } }))).toBe(1 + 9 + 1);
  });

  test('would have another thing thought if it were shut then', async () => {
    const thought = (await reply()).reasoning!.text;
    const hook = host.runtime.of(host.context);
    hook.keepOpen = () => undefined;
    const unsteered = (await reply()).reasoning!.text;
    delete (hook as { keepOpen?: unknown }).keepOpen;
    expect(unsteered).not.toBe(thought);
    expect((await reply()).reasoning!.text).toBe(thought);
  });

  test('writes to a thought as a second pass would', async () => {
    const [prompt, thought] = ['One two three', ' four five six'].map((text) => host.model.tokenize(text)) as [Token[], Token[]];
    const sequence = await host.model.createContext({ contextSize: 64, batchSize: 64, threads: 1 }).then((context) => {
      cleanup(() => context.dispose());
      return context.getSequence();
    });
    const own = host.runtime.of(sequence.context);
    own.setPlan(plan);
    const next = async (evaluate: () => Promise<unknown>) => {
      await sequence.clearHistory();
      await inPrompt(own, sequence, { kind: 'prompt', tokens: prompt }, { steer: true, gate: 0.7 }, () =>
        sequence.evaluateWithoutGeneratingNewTokens(prompt),
      );
      await evaluate();
      const outputs = await sequence.controlledEvaluate([[prompt[0]!, { generateNext: { logits: true } }]]);
      return [...outputs[0]!.next.logits!.values()];
    };
    const read = () => sequence.evaluateWithoutGeneratingNewTokens(thought);
    const open = await next(async () => {
      own.keepOpen(sequenceId(sequence), 0.7);
      await read();
      own.keepOpen(sequenceId(sequence), 0);
    });
    const asPrompt = await next(() => inPrompt(own, sequence, { kind: 'prompt', tokens: thought }, { steer: true, gate: 0.7 }, read));
    expect(open).toEqual(asPrompt);
    expect(open).not.toEqual(await next(read));
  });
});

test('where a reply was cut in its reasoning it goes on there, warm or cold, to the same end', async () => {
  const path = join(temporaryFolder(cleanup), 'open.safetensors');
  const maker = await loaded(thinker);
  await openProfile(maker, path, 1);
  const prompt = ask(user('Hello'), assistant('Hi'), user('Go on'));
  const told = ({ text, reasoning, steered }: GenerationResult) => ({ text, thought: reasoning?.text, state: reasoning?.state, steered });
  const on = { maxReasoningTokens: 8, steer: true, reasoning: { text: 'w1 w2', ended: false } };
  const warm = await loaded(thinker, path);
  await think(warm, prompt, { maxReasoningTokens: 4, steer: true });
  const [first, second] = [await think(warm, prompt, on), await think(warm, prompt, on)];
  const third = await think(await loaded(thinker, path), prompt, on);
  expect(first.reasoning!.text.startsWith('w1 w2')).toBe(true);
  expect(told(second)).toEqual(told(first));
  expect(told(third)).toEqual(told(first));
});

test('many at once: the reply is what counts, with its own budget', async () => {
  const started = await loaded(thinker);
  const prompts = ['One', 'Two', 'Three'].map((text) => ask(user(text)));
  const { replies: batch } = await started.engine.call('batch.generate', { jobId: 'think', prompts, maxTokens: 5, steer: false });
  for (const { text, finishReason } of batch) {
    expect(text).not.toBe('');
    expect(text).not.toContain('think>');
    expect(finishReason).toBe('length');
  }
});

test('a reply that must be JSON has no reasoning', async () => {
  const started = await loaded(thinker);
  const jsonSchema = { type: 'object', properties: { a: { type: 'boolean' } } };
  const reply = await think(started, ask(user('Hello')), { jsonSchema, sampling: { temperature: 0, maxTokens: 40 } });
  expect(reply.reasoning).toBeNull();
  expect(reply.text.trimStart().startsWith('{')).toBe(true);
});

test('in a chat it is stored apart, is no part of the title, the log or the verdict, and goes on where it was stopped', async () => {
  const { app } = await startTestApp(cleanup);
  await app.engine.load(targetOf(thinker));
  expect(app.engine.state.reasoningChoices).toEqual([]);
  const { reply, conversationId } = await chat(app, 'Hello', { sampling: { maxTokens: 6 } });
  expect(reply.reasoning!.text).not.toBe('');
  expect(reply.reasoning!.milliseconds).toBeGreaterThan(0);
  const { conversation, messages } = await app.handlers['conversations.open']({ id: conversationId });
  expect(conversation.title).toBe('Hello');
  expect(messages[1]!.reasoning).toEqual(reply.reasoning);
  expect(reply.outcome!.verdict).toBe(outcomeOf('Hello', { text: reply.text, steered: false, protected: false, scores: [] }).verdict);

  const sent = await app.handlers['chat.send']({
    conversationId: null,
    parentId: null,
    text: 'Think',
    sampling: pageSampling({ maxTokens: 4 }),
  });
  await new Promise<void>((resolve) => {
    const stop = app.onEvent((name, payload) => {
      if (name !== 'chat.delta' || (payload as { part: string }).part !== 'reasoning') return;
      stop();
      resolve();
    });
  });
  await app.handlers['chat.stop']({ replyId: sent.reply.id });
  const stopped = await finished(app, sent.reply.id);
  expect(stopped).toMatchObject({ state: 'stopped', text: '', reasoning: { state: 'open' } });
  await app.handlers['chat.continue']({ replyId: sent.reply.id });
  const whole = await finished(app, sent.reply.id);
  expect(whole.state).toBe('done');
  expect(whole.text).not.toBe('');
  expect(whole.reasoning!.text.startsWith(stopped.reasoning!.text)).toBe(true);
  expect(whole.reasoning!.tokens).toBeGreaterThan(stopped.reasoning!.tokens!);
});
