/** An engine that dies costs one unfinished reply, and nothing else. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import type { EngineState, Message, Notice } from '../../electron/contract/index.ts';
import {
  ask,
  chat,
  finished,
  generate,
  killEngine,
  loadTestModel,
  pageSampling,
  startEngine,
  startTestApp,
  streamed,
  target,
  user,
} from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

const LONG = 'Tell me a very long story about a dog and its many friends.';
const crashed = expect.objectContaining({ code: 'engine-crashed' });

describe('killed in the middle of a reply', () => {
  let app: SteadyApp;
  beforeAll(async () => {
    ({ app } = await startTestApp(cleanup));
    await loadTestModel(app);
  });

  test('what streamed is kept and marked, the app says so, and the next message is answered within 15 s', async () => {
    const notices: Notice[] = [];
    const states: EngineState['status'][] = [];
    let text = '';
    const stop = app.onEvent((name, payload) => {
      if (name === 'app.notice') notices.push(payload as Notice);
      if (name === 'engine.changed' && states.at(-1) !== (payload as EngineState).status) states.push((payload as EngineState).status);
      if (name === 'chat.delta') text += (payload as { delta: string }).delta;
    });
    const sampling = pageSampling({ maxTokens: 120 });
    const { conversation, reply } = await app.handlers['chat.send']({ conversationId: null, parentId: null, text: LONG, sampling });
    await streamed(app, reply.id, 40);
    await killEngine(app.engine);
    const partial = await finished(app, reply.id);
    const killedAt = performance.now();
    expect(partial).toMatchObject({
      state: 'failed',
      text,
      outcome: null,
      stats: null,
      error: { code: 'engine-crashed', details: { how: 'signal SIGKILL' } },
    });
    expect(text.length).toBeGreaterThanOrEqual(40);
    expect(await app.store.messages.get(reply.id)).toEqual(partial);

    const next = await chat(app, 'Go on.', { conversationId: conversation.id, parentId: reply.id });
    expect(next.reply).toMatchObject({ state: 'done', error: null });
    expect(performance.now() - killedAt).toBeLessThan(15_000);
    stop();
    expect(notices).toEqual([expect.objectContaining({ level: 'warning', message: expect.stringMatching(/stopped unexpectedly/) })]);
    expect(states).toEqual(['crashed', 'starting', 'loading', 'ready']);
    expect(await app.store.integrityCheck()).toEqual({ ok: true, problems: [] });
    const again = await app.handlers['chat.regenerate']({ replyId: reply.id });
    await streamed(app, again.reply.id, 40);
    await app.handlers['chat.stop']({ replyId: again.reply.id });
    // The same greedy words as the ones that were cut off.
    const regenerated: Message = await finished(app, again.reply.id);
    expect(regenerated.text.slice(0, 40)).toBe(text.slice(0, 40));
  });

  test('replies that wait fail with it, or are answered by the next engine; none hangs', async () => {
    const sent = await Promise.all(
      [LONG, 'Hello', 'Name three rivers.'].map(async (text) =>
        app.handlers['chat.send']({ conversationId: null, parentId: null, text, sampling: pageSampling({ maxTokens: 100 }) }),
      ),
    );
    await streamed(app, sent[0]!.reply.id, 10);
    await killEngine(app.engine);
    for (const { reply } of sent) {
      const message = await finished(app, reply.id);
      if (message.state === 'failed') expect(message.error).toEqual(crashed);
      else expect(message.state).toBe('done');
    }
    expect((await chat(app, 'Hello')).reply.state).toBe('done');
  });

  test('closing the app in the middle of a reply keeps what streamed', async () => {
    const { app: other, dataDir } = await startTestApp(cleanup);
    await loadTestModel(other);
    const sampling = pageSampling({ maxTokens: 400 });
    const { conversation, reply } = await other.handlers['chat.send']({ conversationId: null, parentId: null, text: LONG, sampling });
    await streamed(other, reply.id, 40);
    await other.close();
    const { app: later } = await startTestApp(cleanup, { dataDir });
    const { messages } = await later.handlers['conversations.open']({ id: conversation.id });
    expect(messages[1]).toMatchObject({ id: reply.id, state: 'stopped' });
    expect(messages[1]!.text.length).toBeGreaterThanOrEqual(40);
  });
});

describe('the supervisor', () => {
  const HELLO = ask(user('Hello'));

  test('an engine that dies while it loads is started again', async () => {
    const { engine, states } = startEngine(onTestFinished);
    const loading = engine.load(target());
    await delay(50);
    await killEngine(engine);
    await expect(loading).rejects.toEqual(crashed);
    expect(await generate(engine, HELLO)).toMatchObject({ generatedTokens: expect.any(Number) });
    expect(states.map(({ status }) => status)).toContain('crashed');
    expect(engine.state).toMatchObject({ status: 'ready', error: null });
  });

  test('more than three crashes within a minute, and it stays down with a clear error until a model is loaded again', async () => {
    const { engine } = startEngine(onTestFinished);
    await engine.load(target());
    for (let crash = 1; crash <= 4; crash++) {
      await engine.ready().catch(() => undefined);
      await killEngine(engine);
    }
    expect(engine.state).toMatchObject({
      status: 'failed',
      error: { code: 'engine-crashed', message: expect.stringMatching(/keeps stopping/), hint: /again/ },
    });
    expect(engine.pid).toBeUndefined();
    await expect(generate(engine, HELLO)).rejects.toEqual(crashed);
    await delay(300);
    expect(engine.pid).toBeUndefined();
    await engine.load(target());
    expect(await generate(engine, HELLO)).toMatchObject({ text: expect.any(String) });
  });

  test('loads that take long and die each time are not tried for ever either', async () => {
    const { engine } = startEngine(onTestFinished);
    // Half a minute passes between any two crashes.
    let now = Date.now();
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => (now += 30_000));
    onTestFinished(() => clock.mockRestore());
    void engine.load(target()).catch(() => undefined);
    for (let crash = 1; crash <= 4; crash++) {
      await vi.waitFor(() => expect(engine.pid).toBeDefined());
      await killEngine(engine);
    }
    expect(engine.state).toMatchObject({ status: 'failed', error: { code: 'engine-crashed' } });
    expect(engine.pid).toBeUndefined();
  });

  test('of models loaded at the same time the last one counts, whole', async () => {
    const { engine, states } = startEngine(onTestFinished);
    const results = await Promise.allSettled([
      engine.load(target({ modelId: 'first', contextSize: 512 })),
      engine.load(target({ modelId: 'second', contextSize: 768 })),
      engine.load(target({ modelId: 'third', contextSize: 1024 })),
    ]);
    expect(results.at(-1)).toMatchObject({ status: 'fulfilled', value: { contextSize: 1024 } });
    expect(engine.model).toMatchObject({ contextSize: 1024 });
    expect(engine.state).toMatchObject({ status: 'ready', modelId: 'third', contextSize: 1024, error: null });
    expect((await generate(engine, HELLO)).contextSize).toBe(1024);
    // It was never called ready with one model while another was meant.
    for (const state of states) if (state.status === 'ready') expect(state.modelId).toBe('third');
  });

  test('loading another model while a reply is written ends the reply', async () => {
    const { engine } = startEngine(onTestFinished);
    await engine.load(target());
    const reply = generate(engine, ask(user(LONG)), { sampling: { maxTokens: 1000 } });
    await delay(1000);
    await engine.load(target({ contextSize: 512 }));
    expect(await reply).toMatchObject({ finishReason: 'stopped', contextSize: 2048 });
    expect((await generate(engine, HELLO)).contextSize).toBe(512);
  });
});
