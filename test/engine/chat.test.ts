/** Sending, streaming, stopping, regenerating and editing, through the whole app. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import type { Message } from '../../electron/contract/index.ts';
import { chat, finished, loadTestModel, pageSampling, startTestApp, streamed } from './support.ts';
import { countRefusals, seedOf } from '../unit/store/helpers.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let app: SteadyApp;
beforeAll(async () => {
  ({ app } = await startTestApp(cleanup));
  await loadTestModel(app);
});

/** A reply that goes on for long. */
const LONG = { text: 'Tell me a very long story about a dog and its many friends.', sampling: { maxTokens: 400 } };
function send(text: string, rest: { conversationId?: string; parentId?: string; sampling?: object } = {}) {
  const { conversationId = null, parentId = null, sampling } = rest;
  return app.handlers['chat.send']({ conversationId, parentId, text, sampling: pageSampling(sampling) });
}
const open = (id: string) => app.handlers['conversations.open']({ id });

describe('a reply', () => {
  test('streams without gaps, and what streamed is what is stored', async () => {
    const heard: { replyId: string; conversationId: string; offset: number; delta: string }[] = [];
    const stop = app.onEvent((name, payload) => {
      if (name === 'chat.delta') heard.push(payload as (typeof heard)[number]);
    });
    const { conversation, userMessage, reply } = await send('Name three rivers.', { sampling: { maxTokens: 200 } });
    expect(reply).toMatchObject({ state: 'streaming', text: '', parentId: userMessage.id, role: 'assistant' });
    expect((await app.handlers['app.state']({})).activeReplyIds).toEqual([reply.id]);
    const done = await finished(app, reply.id);
    stop();
    // Text is paced, so a fast machine sends these tokens in few pieces.
    expect(heard.length).toBeGreaterThan(2);
    let text = '';
    for (const { replyId, conversationId, offset, delta } of heard) {
      expect({ replyId, conversationId, offset }).toEqual({ replyId: reply.id, conversationId: conversation.id, offset: text.length });
      text += delta;
    }
    expect(done).toMatchObject({ state: 'done', text, error: null, outcome: { protected: false } });
    expect(done.stats).toMatchObject({ generatedTokens: 200, droppedTurns: 0, contextSize: 2048 });
    expect(done.stats!.timeToFirstTokenMs).toBeGreaterThan(0);
    expect(done.stats!.tokensPerSecond).toBeGreaterThan(0);
    expect(done.stats!.contextUsed).toBe(done.stats!.promptTokens + 200);
    expect(await open(conversation.id)).toMatchObject({
      conversation: { title: 'Name three rivers.', activeLeafId: reply.id },
      messages: [userMessage, done],
    });
    expect((await app.handlers['app.state']({})).activeReplyIds).toEqual([]);
  });

  test('a repetition penalty keeps it from what its last tokens said', async () => {
    const story = (repeatPenalty: number) => chat(app, 'Tell a story.', { sampling: { maxTokens: 40, repeatPenalty } });
    const words = ({ reply }: { reply: Message }) => reply.text.trim().split(' ');
    // The test model goes round in circles by itself.
    const plain = words(await story(1));
    expect(new Set(plain).size).toBeLessThan(plain.length);
    const penalised = words(await story(1.5));
    expect(new Set(penalised).size).toBe(penalised.length);
    expect(words(await story(1.5))).toEqual(penalised);
  });

  test('sees the turns before it, and the system prompt of its conversation', async () => {
    const first = await chat(app, 'My name is Ada.', { systemPrompt: 'You answer in one short sentence.' });
    const second = await chat(app, 'What is my name?', {
      conversationId: first.conversationId,
      parentId: first.reply.id,
    });
    expect(second.reply.stats!.promptTokens).toBeGreaterThan(first.reply.stats!.contextUsed);
    expect(second.reply.stats!.cachedTokens).toBeGreaterThanOrEqual(first.reply.stats!.promptTokens);
    const other = await chat(app, 'My name is Ada.', { systemPrompt: 'You are a pirate.' });
    expect(other.reply.stats!.promptTokens).not.toBe(first.reply.stats!.promptTokens);
  });

  test('is stopped where it stands, and can be gone on from', async () => {
    const { conversation, reply } = await send(LONG.text, LONG);
    await streamed(app, reply.id, 20);
    await app.handlers['chat.stop']({ replyId: reply.id });
    const stopped = await finished(app, reply.id);
    expect(stopped).toMatchObject({ state: 'stopped', error: null });
    expect(stopped.text.length).toBeGreaterThanOrEqual(20);
    expect(stopped.stats!.generatedTokens).toBeLessThan(400);
    await app.handlers['chat.stop']({ replyId: reply.id }); // once more does nothing
    const next = await chat(app, 'Thanks.', { conversationId: conversation.id, parentId: reply.id });
    expect(next.reply).toMatchObject({ state: 'done' });
  });

  test('that waits behind another is stopped at once', async () => {
    const first = await send(LONG.text, LONG);
    const second = await send('Hello', {});
    await streamed(app, first.reply.id, 10);
    const started = performance.now();
    await app.handlers['chat.stop']({ replyId: second.reply.id });
    expect(await finished(app, second.reply.id)).toMatchObject({ state: 'stopped', text: '' });
    expect(performance.now() - started).toBeLessThan(1500);
    expect((await app.store.messages.get(first.reply.id)).state).toBe('streaming');
    await app.handlers['chat.stop']({ replyId: first.reply.id });
    await finished(app, first.reply.id);
  });

  test('of two conversations at once come one after the other, each to its own', async () => {
    const [a, b] = await Promise.all([send('Name three rivers.'), send('What is a tree?')]);
    const [first, second] = await Promise.all([finished(app, a.reply.id), finished(app, b.reply.id)]);
    expect(first.text).toBe((await chat(app, 'Name three rivers.')).reply.text);
    expect(second.text).toBe((await chat(app, 'What is a tree?')).reply.text);
  });
});

describe('regenerating and editing', () => {
  test('make siblings; nothing is overwritten', async () => {
    const { conversationId, userMessage, reply } = await chat(app, 'Name three rivers.');
    const again = await app.handlers['chat.regenerate']({ replyId: reply.id });
    expect(again.reply).toMatchObject({ parentId: userMessage.id, state: 'streaming' });
    const second = await finished(app, again.reply.id);
    // Greedy, so the same words; another message all the same.
    expect(second.text).toBe(reply.text);
    const edited = await chat(app, 'Name three lakes.', { conversationId });
    expect(edited.userMessage.parentId).toBeNull();
    const { conversation, messages } = await open(conversationId);
    expect(messages.map(({ id, parentId }) => [id, parentId])).toEqual([
      [userMessage.id, null],
      [reply.id, userMessage.id],
      [second.id, userMessage.id],
      [edited.userMessage.id, null],
      [edited.reply.id, edited.userMessage.id],
    ]);
    expect(messages[1]).toEqual(reply);
    expect(conversation.activeLeafId).toBe(edited.reply.id);
  });

  test('what cannot be regenerated or sent is refused, and leaves nothing behind', async () => {
    const { conversationId, userMessage, reply } = await chat(app, 'Hello');
    const nobody = '018f0000-0000-7000-8000-000000000000';
    await expect(app.handlers['chat.regenerate']({ replyId: userMessage.id })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(app.handlers['chat.regenerate']({ replyId: nobody })).rejects.toMatchObject({ code: 'not-found' });
    await expect(send('x', { conversationId: nobody })).rejects.toMatchObject({ code: 'not-found' });
    await expect(send('x', { conversationId, parentId: nobody })).rejects.toMatchObject({ code: 'not-found' });
    await expect(send('x', { conversationId, parentId: userMessage.id })).rejects.toMatchObject({ code: 'bad-input' });
    const before = await app.handlers['conversations.list']({ limit: 500, before: null });
    // A first message that follows another one: no conversation is started for it.
    await expect(send('x', { parentId: reply.id })).rejects.toMatchObject({ code: 'bad-input' });
    expect(await app.handlers['conversations.list']({ limit: 500, before: null })).toEqual(before);
    expect((await open(conversationId)).messages).toHaveLength(2);
  });
});

describe('sampling', () => {
  test('the seed of every reply is stored, and gives the same reply again', async () => {
    const hot = { temperature: 1.2, topP: 1, topK: 0, minP: 0, seed: null, maxTokens: 16 };
    const first = await chat(app, 'Tell me something surprising.', { sampling: hot });
    const other = await chat(app, 'Tell me something surprising.', { sampling: hot });
    const seed = (await seedOf(app.store, first.reply.id))!;
    expect(seed).toBeGreaterThanOrEqual(0);
    expect(await seedOf(app.store, other.reply.id)).not.toBe(seed);
    expect(other.reply.text).not.toBe(first.reply.text);
    const again = await chat(app, 'Tell me something surprising.', { sampling: { ...hot, seed } });
    expect(again.reply.text).toBe(first.reply.text);
    expect(await seedOf(app.store, again.reply.id)).toBe(seed);
    // A conversation with a seed of its own regenerates the same; without one, something new.
    const regenerated = await app.handlers['chat.regenerate']({ replyId: again.reply.id });
    expect((await finished(app, regenerated.reply.id)).text).toBe(first.reply.text);
    const fresh = await app.handlers['chat.regenerate']({ replyId: first.reply.id });
    expect((await finished(app, fresh.reply.id)).text).not.toBe(first.reply.text);
  });
});

describe('a conversation that is deleted while its reply streams', () => {
  test('the reply is stopped and stored, nothing is lost when the deletion is undone', async () => {
    const { conversation, reply } = await send(LONG.text, LONG);
    await streamed(app, reply.id, 20);
    const heard: string[] = [];
    const stop = app.onEvent((name, payload) => {
      if (name === 'chat.message' || name === 'conversations.removed') heard.push(`${name} ${(payload as { id: string }).id}`);
    });
    await app.handlers['conversations.delete']({ id: conversation.id });
    stop();
    expect(heard).toEqual([`chat.message ${reply.id}`, `conversations.removed ${conversation.id}`]);
    await expect(open(conversation.id)).rejects.toMatchObject({ code: 'not-found' });
    await app.handlers['conversations.restore']({ id: conversation.id });
    const { messages } = await open(conversation.id);
    expect(messages[1]).toMatchObject({ id: reply.id, state: 'stopped' });
    expect(messages[1]!.text.length).toBeGreaterThanOrEqual(20);
    expect((await chat(app, 'Hello')).reply.state).toBe('done');
  });
});

describe('while the model loads', () => {
  test('a message waits for it; stopping or deleting it does not', async () => {
    const loading = loadTestModel(app);
    const waiting = await send('Name three rivers.');
    const unwanted = await send('Hello');
    const deleted = await send('Hello');
    const order: string[] = [];
    const stopped = finished(app, unwanted.reply.id).then((message) => order.push(message.state));
    const gone = app.handlers['conversations.delete']({ id: deleted.conversation.id }).then(() => order.push('deleted'));
    await app.handlers['chat.stop']({ replyId: unwanted.reply.id });
    await Promise.all([stopped, gone, loading.then(() => order.push('loaded'))]);
    expect(order.at(-1)).toBe('loaded');
    expect(await finished(app, waiting.reply.id)).toMatchObject({ state: 'done' } satisfies Partial<Message>);
  });

  test('without any model the message is kept and the reply says what is missing', async () => {
    const { app: bare } = await startTestApp(cleanup);
    const { reply, userMessage } = await chat(bare, 'Hello');
    expect(reply).toMatchObject({ state: 'failed', error: { code: 'model-not-loaded' } });
    expect(userMessage.text).toBe('Hello');
    expect(await countRefusals(bare.store)).toBe(0);
  });
});
