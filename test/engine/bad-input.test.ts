/** Bad files and malformed messages at the engine's and the app's borders: each its own clear error, nothing breaks. */
import { closeSync, copyFileSync, openSync, readSync, truncateSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { connectContract, pageContract, serveContract, type ContractClient } from '../../electron/contract/index.ts';
import { forkNodeEngine, type EngineProcess } from '../../electron/engine/fork.ts';
import { engineContract, type EngineContract, type EnginePrompt } from '../../electron/engine/protocol.ts';
import { channelPair } from '../unit/contract/channels.ts';
import { fuzzer } from '../unit/contract/fuzz.ts';
import {
  ask,
  assistant,
  chat,
  generate,
  GREEDY,
  loadTestModel,
  modelPath,
  smallModelPath,
  startEngine,
  startTestApp,
  target,
  temporaryFolder,
  user,
} from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

/** Files that are no model, by name. */
function badFiles(): Record<string, string> {
  const folder = temporaryFolder((task) => onTestFinished(task));
  const path = (name: string) => join(folder, `${name}.gguf`);
  const head = Buffer.alloc(8 * 1024 * 1024);
  const source = openSync(smallModelPath(), 'r');
  readSync(source, head);
  closeSync(source);
  writeFileSync(path('header'), head.subarray(0, 100));
  writeFileSync(path('metadata'), head.subarray(0, 50_000));
  copyFileSync(smallModelPath(), path('half'));
  truncateSync(path('half'), 50_000_000);
  writeFileSync(path('text'), 'Not a model.\n'.repeat(1000));
  writeFileSync(path('empty'), '');
  writeFileSync(path('noise'), Buffer.concat([Buffer.from('GGUF'), Buffer.alloc(100_000, 0xa5)]));
  mkdirSync(path('folder'));
  return Object.fromEntries(
    ['header', 'metadata', 'half', 'text', 'empty', 'noise', 'folder', 'missing'].map((name) => [name, path(name)]),
  );
}

describe('model files', () => {
  test('the engine names a file that it cannot load, and loads the next one', async () => {
    const { engine, states } = startEngine((task) => onTestFinished(task));
    for (const [name, path] of Object.entries(badFiles())) {
      await expect(engine.load(target({ modelPath: path })), name).rejects.toMatchObject({
        code: 'model-damaged',
        hint: expect.stringMatching(/./),
      });
      expect(engine.state).toMatchObject({ status: 'failed', error: { code: 'model-damaged' } });
      await expect(generate(engine, ask(user('Hello')))).rejects.toMatchObject({ code: 'model-damaged' });
    }
    await engine.load(target());
    expect(await generate(engine, ask(user('Hello')))).toMatchObject({ finishReason: expect.any(String) });
    expect(states.some(({ status }) => status === 'crashed')).toBe(false);
  });

  test('the app names each fault before the engine is asked, and remembers no such file', async () => {
    const { app } = await startTestApp((task) => onTestFinished(task));
    const codes: Record<string, string> = {};
    for (const [name, path] of Object.entries(badFiles())) {
      for (const attempt of [
        async () => app.handlers['models.addFile']({ path }),
        async () => app.handlers['models.load']({ modelId: `file:${path}` }),
        async () => app.handlers['models.estimate']({ modelId: `file:${path}` }),
      ]) {
        const error = (await attempt().then(
          () => expect.unreachable(`${name} was taken`),
          (reason: unknown) => reason,
        )) as { code: string; message: string };
        expect(error.message).toContain(path);
        expect(codes[name] ?? error.code).toBe(error.code);
        codes[name] = error.code;
      }
    }
    expect(codes).toEqual({
      header: 'model-damaged',
      metadata: 'model-damaged',
      half: 'model-damaged',
      text: 'model-not-gguf',
      empty: 'model-not-gguf',
      noise: expect.stringMatching(/^model-(damaged|unsupported|not-gguf)$/),
      folder: expect.stringMatching(/^model-(damaged|missing|not-gguf)$/),
      missing: 'model-missing',
    });
    expect(await app.store.modelFiles.list()).toEqual([]);
    expect(app.engine.state.status).toBe('idle');
  });
});

describe("messages on the engine's channel", () => {
  let process_: EngineProcess;
  let client: ContractClient<EngineContract>;
  let ended: string | null = null;
  beforeAll(async () => {
    process_ = forkNodeEngine();
    cleanup(() => process_.kill());
    process_.onExit((how) => (ended = how));
    client = connectContract(engineContract, process_.channel);
    await client.call('model.load', { modelPath: modelPath(), gpu: false, contextSize: 512 });
  });

  test('that are malformed are refused one by one', async () => {
    for (const [name, input] of [
      ['chat.generate', {}],
      ['chat.generate', { replyId: 'a', prompt: { systemPrompt: '', turns: [] }, sampling: GREEDY, steer: false }],
      [
        'chat.generate',
        { replyId: 'a', prompt: { systemPrompt: '', turns: [{ role: 'system', text: '' }] }, sampling: GREEDY, steer: false },
      ],
      ['chat.generate', { replyId: 'a', prompt: ask(user('a')), sampling: { ...GREEDY, temperature: -1 }, steer: false }],
      ['chat.generate', { replyId: 'a', prompt: ask(user('a')), sampling: { ...GREEDY, seed: 1.5 }, steer: false }],
      ['chat.generate', { replyId: 'a', prompt: ask(user('a')), sampling: GREEDY, steer: 'yes' }],
      ['batch.capture', { prompts: [ask(user('a'))], layers: [0] }],
      ['batch.capture', { prompts: [], layers: [1] }],
      ['steering.apply', { profilePath: 7, modelSha256: '', strength: null }],
      ['model.load', { modelPath: '/etc/passwd', gpu: 'cuda', contextSize: 1 }],
    ] as const)
      await expect(client.call(name, input as never), name).rejects.toMatchObject({ code: 'bad-message' });
    for (const name of ['nothing', '__proto__', 'constructor', 'x'.repeat(1_000_000)])
      await expect(client.call(name as never, {} as never)).rejects.toMatchObject({ code: 'unknown-request' });
  });

  test('that are well-formed and odd are answered or refused by name', async () => {
    const prompts: EnginePrompt[] = [
      ask(assistant('I begin.')),
      ask(user('a'), user('b')),
      ask(user('a'), assistant('b')),
      ask(user('')),
      ask(user('a'), assistant(''), user('b')),
      ask(user('\uD800 alone, \u0000 nothing, \uFFFF')),
      { systemPrompt: '\u0000', turns: [user('<|endoftext|><|im_start|>')] },
    ];
    for (const prompt of prompts) {
      const call = client.call('chat.generate', { replyId: 'odd', prompt, sampling: { ...GREEDY, maxTokens: 2 }, steer: false });
      await call.then(
        (result) => expect(result.promptTokens).toBeGreaterThan(0),
        (error: unknown) => expect(error).toMatchObject({ name: 'SteadyError', code: expect.stringMatching(/^(?!internal)/) }),
      );
    }
    await expect(client.call('batch.capture', { prompts: [ask(user('a'))], layers: [99] })).rejects.toMatchObject({
      code: 'model-not-steerable',
    });
    await client.call('chat.stop', { replyId: 'never heard of' });
    await client.call('batch.cancel', { jobId: '__proto__' });
    // The same id twice at once: both end.
    const twice = [1, 2].map(() =>
      client.call('chat.generate', { replyId: 'same', prompt: ask(user('a')), sampling: GREEDY, steer: false }),
    );
    expect((await Promise.all(twice)).map(({ text }) => text)).toSatisfy(([a, b]: string[]) => a === b);
  });

  test('5,000 random ones leave it running as before', async () => {
    const before = await client.call('chat.generate', { replyId: 'before', prompt: ask(user('Hello')), sampling: GREEDY, steer: false });
    // All but the one that takes nothing and unloads the model.
    const fuzz = fuzzer(
      11,
      Object.keys(engineContract.requests).filter((name) => name !== 'model.unload'),
    );
    for (let round = 0; round < 5000; round++) process_.channel.post(fuzz.message());
    const after = await client.call('chat.generate', { replyId: 'after', prompt: ask(user('Hello')), sampling: GREEDY, steer: false });
    expect(after.text).toBe(before.text);
    expect(ended).toBeNull();
  });
});

test("5,000 random messages on the page's contract leave the real app running and its database whole", async () => {
  const { app } = await startTestApp((task) => onTestFinished(task));
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => faults.push(fault);
  process.on('unhandledRejection', onFault);
  onTestFinished(() => void process.off('unhandledRejection', onFault));
  const { app: ours, page, close } = channelPair();
  onTestFinished(close);
  serveContract(pageContract, app.handlers, ours);
  const fuzz = fuzzer(13, Object.keys(pageContract.requests));
  for (let round = 0; round < 5000; round++) page.post(fuzz.message());
  const client = connectContract(pageContract, page);
  expect((await client.call('app.state', {})).engine.status).toBe('idle');
  expect(await app.store.integrityCheck()).toEqual({ ok: true, problems: [] });
  expect(faults).toEqual([]);
  await app.handlers['settings.update']({ allowUnprotectedChat: true });
  await loadTestModel(app);
  expect((await chat(app, 'Hello')).reply.state).toBe('done');
});
