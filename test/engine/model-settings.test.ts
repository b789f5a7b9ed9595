/** A model that is loaded as a person set it: what that comes to in llama.cpp, and what happens where it does not work. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { GgmlType } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import { AUTOMATIC, type Notice } from '../../electron/contract/index.ts';
import { BatchRunner } from '../../electron/engine/worker/batch-runner.ts';
import { contextBytes, disposeLlama, loadHost, threadCount } from '../../electron/engine/worker/model-host.ts';
import type { ComputeWishes } from '../../electron/engine/protocol.ts';
import { writeArchitecture } from '../synthetic-gguf/architecture-model.ts';
import { ask, smallModelPath, startTestApp, temporaryFolder, user } from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

describe('the small model', () => {
  const loaded = async (wishes: ComputeWishes) => {
    const host = await loadHost({
      ...{ modelPath: smallModelPath(), gpu: false, contextSize: 512, wishes },
      ...{ onProgress: () => undefined, onLog: () => undefined },
    });
    cleanup(() => disposeLlama(host.llama));
    return host;
  };

  test('has the cache it is set to, in the chat and in batches, and reads with it', async () => {
    const host = await loaded({ cacheType: 'q8_0', flashAttention: true });
    expect([host.context.kvCacheKeyType, host.context.kvCacheValueType]).toEqual([GgmlType.Q8_0, GgmlType.Q8_0]);
    expect(host.context.flashAttention).toBe(true);
    const create = vi.spyOn(host.model, 'createContext');
    const batch = new BatchRunner(host);
    const { rows } = await batch.capture([ask(user('What is a tree?'))], [10], { layers: [], each: 1 });
    const other = await create.mock.results[0]!.value;
    expect([other.kvCacheKeyType, other.flashAttention]).toEqual([GgmlType.Q8_0, true]);

    // Other numbers come of it than of 16 bits, close to them.
    const plain = await loaded({});
    expect([plain.context.kvCacheKeyType, plain.context.flashAttention]).toEqual([GgmlType.F16, 'auto']);
    const before = (await new BatchRunner(plain).capture([ask(user('What is a tree?'))], [10], { layers: [], each: 1 })).rows;
    expect(rows).not.toEqual(before);
    const distance = Math.hypot(...rows.map((x, at) => x - before[at]!)) / Math.hypot(...before);
    expect(distance).toBeLessThan(0.1);
    expect(await contextBytes(host.context)).toBeLessThan(await contextBytes(plain.context));
  });
});

test('threads: the environment decides, then the model’s settings, and never more than there are cores', () => {
  vi.stubEnv('STEADY_THREADS', '');
  expect(threadCount({ cpuMathCores: 64 }, 1)).toBe(1);
  expect(threadCount({ cpuMathCores: 1 }, 1000)).toBe(threadCount({ cpuMathCores: 1000 }));
  vi.stubEnv('STEADY_THREADS', '3');
  expect(threadCount({ cpuMathCores: 1 }, 1)).toBe(3);
  vi.unstubAllEnvs();
});

describe('in the app', () => {
  let app: SteadyApp;
  let id: string;
  const notices: Notice[] = [];
  beforeAll(async () => {
    const folder = temporaryFolder(cleanup);
    const path = join(folder, 'narrow.gguf');
    await writeArchitecture('llama', path);
    ({ app } = await startTestApp(cleanup));
    app.onEvent((name, payload) => {
      if (name === 'app.notice') notices.push(payload as Notice);
    });
    id = `file:${path}`;
    await app.models.load(id);
  });

  test('setting the model in use loads it again', async () => {
    const before = app.engine.target;
    expect(await app.models.settings(id)).toMatchObject({ settings: AUTOMATIC, cores: expect.any(Number) });
    await app.models.setSettings(id, { ...AUTOMATIC, gpuLayers: 0 });
    expect(app.engine.target).not.toBe(before);
    expect(app.engine.target?.wishes).toMatchObject({ gpuLayers: 0 });
    expect(app.engine.state.status).toBe('ready');
    expect(notices).toEqual([]);
  });

  test('what does not work is said, and the model is loaded as Steady would', async () => {
    // Its heads are narrower than a block of that type.
    await app.models.setSettings(id, { ...AUTOMATIC, cacheType: 'q8_0' });
    expect(app.engine.state.status).toBe('ready');
    expect(app.engine.target?.wishes).toBeUndefined();
    expect(notices).toMatchObject([{ level: 'warning', message: expect.stringContaining('is loaded as Steady would') }]);
    // It is kept: it may have been the memory.
    expect((await app.models.settings(id)).settings.cacheType).toBe('q8_0');
  });

  test('a template is tried before it is kept, and used', async () => {
    const source = "{% for message in messages %}{{ message['role'] + ': ' + message['content'] + '\\n' }}{% endfor %}assistant: ";
    const before = app.engine.model?.chatTemplateSha256;
    const bad = app.models.setSettings(id, { ...AUTOMATIC, template: { source: "{% include 'x' %}" } });
    await expect(bad).rejects.toMatchObject({ code: 'model-unsupported', message: expect.stringContaining('include') });
    expect((await app.models.settings(id)).settings.template).toBeNull();
    await app.models.setSettings(id, { ...AUTOMATIC, template: { source } });
    expect(app.engine.model?.chatTemplateSha256).toBe(createHash('sha256').update(source).digest('hex'));
    await app.models.setSettings(id, { ...AUTOMATIC, cacheType: 'q8_0' });
    expect(app.engine.model?.chatTemplateSha256).toBe(before);
  });

  test('nothing is kept of what cannot go together, nor while a job has the engine', async () => {
    const bad = { ...AUTOMATIC, cacheType: 'q4_0', flashAttention: false } as const;
    await expect(app.models.setSettings(id, bad)).rejects.toMatchObject({ code: 'bad-input' });
    const lease = app.lease.acquire({ what: 'A calibration is running', hint: 'Wait.' });
    await expect(app.models.setSettings(id, AUTOMATIC)).rejects.toMatchObject({ code: 'busy' });
    lease.release();
    expect((await app.models.settings(id)).settings.cacheType).toBe('q8_0');
  });
});
