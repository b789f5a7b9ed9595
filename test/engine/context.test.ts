/** Conversations that outgrow the context, and messages that do not fit at all. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import type { EngineTurn } from '../../electron/engine/protocol.ts';
import { ask, assistant, chat, generate, GREEDY, loadTestModel, startTestApp, user } from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let app: SteadyApp;
beforeAll(async () => {
  ({ app } = await startTestApp(cleanup));
  await loadTestModel(app, { contextSize: 256 });
});

test('a full context drops the oldest whole turns and says how many; the newest stay', async () => {
  const words = 'the river ran past the old mill and under the stone bridge';
  let last = await chat(app, `First: ${words} ${words}`);
  const dropped: number[] = [last.reply.stats!.droppedTurns];
  for (let turn = 0; turn < 5; turn++) {
    last = await chat(app, `Turn ${turn}: ${words} ${words}`, { conversationId: last.conversationId, parentId: last.reply.id });
    expect(last.reply.state).toBe('done');
    expect(last.reply.stats!.contextUsed).toBeLessThanOrEqual(256);
    dropped.push(last.reply.stats!.droppedTurns);
  }
  expect(dropped[0]).toBe(0);
  expect(dropped.at(-1)).toBeGreaterThan(0);
  expect(dropped).toEqual(dropped.toSorted((a, b) => a - b));
  // What was dropped from the prompt is still in the conversation.
  const { messages } = await app.handlers['conversations.open']({ id: last.conversationId });
  expect(messages).toHaveLength(12);
});

test('what is dropped leaves the prompt as if it had never been said, and the reply the same', async () => {
  const filler = 'one two three four five six seven eight nine ten '.repeat(7);
  const turns: EngineTurn[] = [user(filler), assistant(filler), user(filler), assistant('Yes.'), user('And now?')];
  const long = await generate(app.engine, { systemPrompt: 'Be brief.', turns });
  expect(long.droppedTurns).toBeGreaterThan(0);
  const short = await generate(app.engine, { systemPrompt: 'Be brief.', turns: turns.slice(long.droppedTurns * 2) });
  expect(short).toMatchObject({ droppedTurns: 0, promptTokens: long.promptTokens, text: long.text });
});

test('a reply that reaches the end of the context ends there, and can be asked for again', async () => {
  const prompt = ask(user('Tell me a very long story about a dog and its many friends.'));
  const first = await generate(app.engine, prompt, { sampling: { maxTokens: 1000 } });
  expect(first.finishReason).toBe('context-full');
  expect(first.contextUsed).toBeLessThanOrEqual(256);
  expect(first.contextUsed).toBeGreaterThan(250);
  // The cache was put in order behind a context that was full to the brim.
  const again = await generate(app.engine, prompt, { sampling: { maxTokens: 1000 } });
  expect(again.text).toBe(first.text);
  const follow = await generate(app.engine, ask(...prompt.turns, assistant(first.text), user('Go on.')));
  expect(follow.droppedTurns).toBe(1);
  expect(follow.text).toBe((await generate(app.engine, ask(user('Go on.')))).text);
});

test('so does a reply among many, instead of going on without its beginning', async () => {
  const prompt = ask(user('Tell me a very long story about a dog and its many friends.'));
  const { replies } = await app.engine.call('batch.generate', { jobId: 'full', prompts: [prompt, prompt], maxTokens: 1000, steer: false });
  const alone = await generate(app.engine, prompt, { sampling: { maxTokens: 1000 } });
  for (const { promptTokens, generatedTokens, finishReason } of replies) {
    expect(finishReason).toBe('context-full');
    expect(promptTokens + generatedTokens).toBe(alone.contextUsed);
  }
});

test('stopped while the past is read, what was read serves the next try', async () => {
  const turns = Array.from({ length: 8 }, (_, index) => [user(`What is ${index} and one?`), assistant(`${index + 1}.`)]).flat();
  const prompt = ask(...turns.slice(-12), user('And now?'));
  const kept: number[] = [];
  // How far it comes until then is this machine's business, so it is stopped later and later.
  for (let wait = 50; wait <= 3200 && !kept.some((tokens) => tokens > 0); wait *= 1.5) {
    // Something else lies in the cache.
    await generate(app.engine, ask(user('Hello')));
    const replyId = `stopped-${wait}`;
    const reply = app.engine.call('chat.generate', { replyId, prompt, sampling: { ...GREEDY, maxTokens: 1 }, steer: false });
    const ending = reply.then(
      () => 'answered',
      ({ code }: { code: string }) => code,
    );
    await delay(wait);
    await app.engine.call('chat.stop', { replyId });
    if ((await ending) === 'cancelled') kept.push((await generate(app.engine, prompt)).cachedTokens);
  }
  expect(Math.max(...kept)).toBeGreaterThan(0);
});

test('a message longer than the context is refused by name and kept; the next one works', async () => {
  const { conversationId, userMessage, reply } = await chat(app, 'word '.repeat(400));
  expect(reply).toMatchObject({ state: 'failed', text: '', error: { code: 'context-overflow' } });
  expect(reply.error!.message).toMatch(/\d+ tokens/);
  expect(reply.error!.details).toMatchObject({ tokens: expect.any(Number), budget: expect.any(Number) });
  expect((await app.store.messages.get(userMessage.id)).text).toBe('word '.repeat(400));
  expect((await chat(app, 'Hello', { conversationId })).reply.state).toBe('done');
  const next = await chat(app, 'And after that failure?', { conversationId, parentId: reply.id });
  expect(next.reply).toMatchObject({ state: 'done', stats: { droppedTurns: 1 } });
});

test('a megabyte is refused within seconds', async () => {
  const started = performance.now();
  const { reply } = await chat(app, 'lorem ipsum '.repeat(87_000));
  expect(reply).toMatchObject({ state: 'failed', error: { code: 'context-overflow' } });
  expect(performance.now() - started).toBeLessThan(60_000);
});

test('a conversation of a thousand turns is cut to size within seconds', async () => {
  const turns: EngineTurn[] = Array.from({ length: 1000 }, (_, at) =>
    (at % 2 === 0 ? user : assistant)(`Turn ${at}: the river ran past the old mill and under the stone bridge to the sea.`),
  );
  const started = performance.now();
  const result = await generate(app.engine, ask(...turns, user('And now?')), { sampling: { maxTokens: 1 } });
  expect(result.droppedTurns).toBeGreaterThan(490);
  expect(performance.now() - started).toBeLessThan(15_000);
});
