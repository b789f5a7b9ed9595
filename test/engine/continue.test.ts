/** A reply that was cut goes on as one reply; a prompt that is being read is stopped at once, and nothing of it shows later. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { tooLongMessage } from '../../electron/contract/index.ts';
import type { GenerationResult } from '../../electron/engine/protocol.ts';
import {
  ask,
  assistant,
  chat,
  finished,
  generate,
  GREEDY,
  halfOpenProfile,
  loadTestModel,
  smallTarget,
  startEngine,
  startTestApp,
  target,
  temporaryFolder,
  user,
  type TestEngine,
} from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

describe('going on with a reply', () => {
  const QUESTIONS = ['Name three rivers.', 'What is a tree?', 'Say hello in French.', 'Why is the sky blue?'];
  const told = ({ text, scores, steered }: GenerationResult) => ({ text, scores, steered });
  let next = 0;
  const goOn = ({ engine }: TestEngine, question: string, reply: string) =>
    engine.call('chat.generate', {
      replyId: `on-${next++}`,
      prompt: ask(user('Hello.'), assistant('Hello!'), user(question)),
      sampling: { ...GREEDY, temperature: 0.8, seed: 7, maxTokens: 8 },
      reply,
      steer: true,
    });

  test('depends on the conversation, the profile and the seed only, and is steered as its turn was', async () => {
    const warm = startEngine(cleanup);
    const path = join(temporaryFolder(cleanup), 'profile.safetensors');
    await warm.engine.load(target());
    await halfOpenProfile(warm.engine, QUESTIONS, path);
    warm.profile.path = path;
    await warm.engine.load(target());
    const cold = startEngine(cleanup);
    cold.profile.path = path;
    await cold.engine.load(target());

    const steered: boolean[] = [];
    for (const question of QUESTIONS) {
      const begun = await goOn(warm, question, '');
      // Its prompt is in the cache here, and is evaluated anew there.
      const on = await goOn(warm, question, begun.text);
      expect(on.text.startsWith(begun.text)).toBe(true);
      expect(on.text.length).toBeGreaterThan(begun.text.length);
      expect(on.cachedTokens).toBeGreaterThan(0);
      expect(told(await goOn(cold, question, begun.text))).toEqual(told(on));
      expect({ steered: on.steered, scores: on.scores }).toEqual({ steered: begun.steered, scores: begun.scores });
      steered.push(on.steered);
      // What follows finds the whole reply in the cache, as if it had been read there.
      const follow = ask(user('Hello.'), assistant('Hello!'), user(question), assistant(on.text), user('Thanks.'));
      expect(told(await generate(warm.engine, follow, { steer: true }))).toEqual(
        told(await generate(cold.engine, follow, { steer: true })),
      );
    }
    expect(new Set(steered)).toEqual(new Set([true, false]));
  });

  test('says why where it fills the context', async () => {
    const { engine } = startEngine(cleanup);
    await engine.load(target({ contextSize: 256 }));
    const reply = 'word '.repeat(400);
    const request = { replyId: 'full', prompt: ask(user('Hi')), sampling: GREEDY, reply, steer: false };
    await expect(engine.call('chat.generate', request)).rejects.toMatchObject({
      code: 'context-overflow',
      message: expect.stringContaining('cannot go on') as string,
    });
  });
});

test('a cut reply says so, goes on as the same message, and does not once something follows it', async () => {
  const { app } = await startTestApp(cleanup);
  await loadTestModel(app);
  const { conversationId, reply } = await chat(app, 'Tell me a story.', { sampling: { maxTokens: 5 } });
  expect(reply.stats).toMatchObject({ finishReason: 'length', generatedTokens: 5 });

  const resumed = await app.handlers['chat.continue']({ replyId: reply.id });
  expect(resumed.reply).toMatchObject({ id: reply.id, state: 'streaming', text: reply.text });
  const longer = await finished(app, reply.id);
  expect(longer).toMatchObject({ state: 'done', stats: { finishReason: 'length', generatedTokens: 10 } });
  expect(longer.text.startsWith(reply.text)).toBe(true);
  expect((await app.handlers['conversations.open']({ id: conversationId })).messages).toHaveLength(2);

  await chat(app, 'And then?', { conversationId, parentId: reply.id });
  await expect(app.handlers['chat.continue']({ replyId: reply.id })).rejects.toMatchObject({ code: 'conflict' });
  await expect(app.handlers['chat.continue']({ replyId: longer.parentId! })).rejects.toMatchObject({ code: 'bad-input' });
});

test('a message is counted before it is sent, and what is too long is said in the same numbers', async () => {
  const { app } = await startTestApp(cleanup);
  await loadTestModel(app, { contextSize: 256 });
  const text = 'word '.repeat(400);
  const maxTokens = 12;
  const measure = await app.handlers['chat.measure']({ texts: [text], systemPrompt: '', maxTokens });
  expect(measure).toMatchObject({ contextSize: 256, room: 256 - maxTokens - 1 });
  const { reply } = await chat(app, text, { sampling: { maxTokens } });
  expect(reply.error?.message).toContain(tooLongMessage(measure));
});

test('while a long prompt is read its progress is told, and stopping takes a fraction of the reading', async () => {
  const { engine } = startEngine(cleanup);
  await engine.load(smallTarget());
  const prompt = ask(user('The river ran past the old mill and under the stone bridge. '.repeat(60)));
  const progress: { read: number; total: number }[] = [];
  engine.onProgress(({ read, total }) => progress.push({ read, total }));

  // How fast it reads is known from what it read before.
  await generate(engine, ask(user('one two three four five six seven eight nine ten '.repeat(8))), { sampling: { maxTokens: 1 } });
  progress.length = 0;
  let began = performance.now();
  const whole = await generate(engine, prompt, { sampling: { maxTokens: 4 } });
  const reading = performance.now() - began;
  expect(progress.length).toBeGreaterThan(1);
  expect(progress).toEqual(progress.toSorted((a, b) => a.read - b.read));
  expect(progress.at(-1)!.read).toBeGreaterThan(progress[0]!.read);
  expect(progress.at(-1)!.total).toBe(whole.promptTokens);

  const reply = engine.call('chat.generate', { replyId: 'stopped', prompt, sampling: GREEDY, steer: false });
  const ending = reply.then(
    () => 'answered',
    ({ code }: { code: string }) => code,
  );
  await delay(reading / 4);
  began = performance.now();
  await engine.call('chat.stop', { replyId: 'stopped' });
  expect(await ending).toBe('cancelled');
  expect(performance.now() - began).toBeLessThan(reading / 4);
  expect((await generate(engine, prompt, { sampling: { maxTokens: 4 } })).text).toBe(whole.text);
});

test('a reply that waits for another says so', async () => {
  const { engine } = startEngine(cleanup);
  await engine.load(target());
  const phases: string[] = [];
  engine.onProgress(({ replyId, phase }) => replyId === 'second' && phases.push(phase));
  const request = (replyId: string, maxTokens: number) =>
    engine.call('chat.generate', { replyId, prompt: ask(user('Hi')), sampling: { ...GREEDY, maxTokens }, steer: false });
  await Promise.all([request('first', 40), request('second', 2)]);
  expect(phases[0]).toBe('waiting');
});
