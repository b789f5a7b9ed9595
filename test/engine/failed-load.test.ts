/** A model that cannot be loaded costs nobody the one in use. */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import { sampleGguf, SMALL_MODEL } from '../unit/models/sample-gguf.ts';
import type { EngineState } from '../../electron/contract/index.ts';
import { loadTestModel, modelPath, startTestApp, temporaryFolder } from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let app: SteadyApp;
let folder: string;
beforeAll(async () => {
  folder = temporaryFolder((task) => cleanups.push(task));
  ({ app } = await startTestApp((task) => cleanups.push(task)));
  await loadTestModel(app);
});

function file(name: string, options: Parameters<typeof sampleGguf>[0]): string {
  const path = join(folder, name);
  writeFileSync(path, sampleGguf(options));
  return `file:${path}`;
}

test('a file that is no chat model is refused before anything is unloaded', async () => {
  const before = app.engine.model;
  const states: unknown[] = [];
  cleanups.push(app.onEvent((name, payload) => name === 'engine.changed' && states.push(payload)));
  const vocabulary = file('vocabulary.gguf', {
    metadata: { ...SMALL_MODEL, 'general.architecture': 'gpt2', 'gpt2.block_count': 2, 'gpt2.embedding_length': 64 },
    tensors: [],
    dataBytes: 0,
  });
  await expect(app.models.load(vocabulary)).rejects.toMatchObject({
    code: 'model-unsupported',
    message: expect.stringContaining('vocabulary alone') as string,
  });
  expect(app.engine.model).toBe(before);
  expect(states).toEqual([]);
});

test('a file that only llama.cpp finds fault with: the model before is loaded again, and remembered', async () => {
  const { target } = app.engine;
  const notices: string[] = [];
  cleanups.push(app.onEvent((name, payload) => name === 'app.notice' && notices.push((payload as { message: string }).message)));
  // Its header is right; the tensors that a model has are not there.
  await expect(app.models.load(file('hollow.gguf', {}))).rejects.toMatchObject({ code: 'model-damaged' });
  await app.engine.ready();
  expect(app.engine.target).toEqual(target);
  expect(app.engine.state.status).toBe('ready');
  expect(notices).toEqual([`${target!.modelName} is loaded again.`]);
  expect((await app.store.settings.get()).modelId).toBeNull();
});

test('a model that the engine dies of, time and again: the one before is loaded again', async () => {
  const { target } = app.engine;
  const path = join(folder, 'deadly.gguf');
  copyFileSync(modelPath(), path);
  const killed = new Set<number>();
  const stop = app.onEvent((name, payload) => {
    const { status, modelId } = payload as EngineState;
    const { pid } = app.engine;
    if (name !== 'engine.changed' || status !== 'loading' || modelId !== `file:${path}` || pid === undefined || killed.has(pid)) return;
    killed.add(pid);
    process.kill(pid, 'SIGKILL');
  });
  cleanups.push(stop);
  await expect(app.models.load(`file:${path}`)).rejects.toMatchObject({ code: 'engine-crashed' });
  stop();
  await app.engine.ready();
  // The first one and three more.
  expect(killed.size).toBe(4);
  expect(app.engine.target).toEqual(target);
  expect(app.engine.state.status).toBe('ready');
  expect((await app.store.settings.get()).modelId).toBeNull();
});

test('a model that the engine dies of once is loaded all the same', async () => {
  const path = join(folder, 'unlucky.gguf');
  copyFileSync(modelPath(), path);
  let killed = false;
  cleanups.push(
    app.onEvent((name, payload) => {
      const { status, modelId } = payload as EngineState;
      if (name !== 'engine.changed' || status !== 'loading' || modelId !== `file:${path}` || killed) return;
      killed = true;
      process.kill(app.engine.pid!, 'SIGKILL');
    }),
  );
  await app.models.load(`file:${path}`);
  expect(killed).toBe(true);
  expect(app.engine.state).toMatchObject({ status: 'ready', modelId: `file:${path}` });
  expect((await app.store.settings.get()).modelId).toBe(`file:${path}`);
});
