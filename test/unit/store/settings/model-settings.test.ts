import { expect, test } from 'vitest';
import { AUTOMATIC, type ModelSettings } from '../../../../electron/contract/index.ts';
import { failure, rawDatabase, temporaryStore } from '../helpers.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

test('each model has its own, which stay, and nothing is kept of what is automatic', async () => {
  const { store, path } = await temporaryStore();
  expect(await store.modelSettings.get(A)).toEqual(AUTOMATIC);
  const settings: ModelSettings = {
    contextSize: 32_768,
    cacheType: 'q8_0',
    flashAttention: true,
    gpuLayers: 0,
    threads: 2,
    template: { source: '{{ messages }}' },
  };
  await store.modelSettings.set(A, settings);
  await store.close();
  const again = (await temporaryStore(path)).store;
  expect(await again.modelSettings.get(A)).toEqual(settings);
  expect(await again.modelSettings.get(B)).toEqual(AUTOMATIC);
  // They are no settings of the app, and do not disturb them.
  expect(Object.keys(await again.settings.get())).not.toContain(`model:${A}`);
  await again.modelSettings.set(A, AUTOMATIC);
  expect(rawDatabase(path).prepare("SELECT count(*) FROM settings WHERE key LIKE 'model:%'").pluck().get()).toBe(0);
});

test('a stored value that is no longer valid falls back alone', async () => {
  const { store, path } = await temporaryStore();
  const put = rawDatabase(path).prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)');
  put.run(`model:${A}`, JSON.stringify({ contextSize: 100, cacheType: 'q8_0', threads: 1e9, ofAnotherVersion: 1 }));
  put.run(`model:${B}`, '[1]');
  expect(await store.modelSettings.get(A)).toEqual({ ...AUTOMATIC, cacheType: 'q8_0' });
  expect(await store.modelSettings.get(B)).toEqual(AUTOMATIC);
});

test.each([
  { contextSize: 4096 },
  { contextSize: 2 ** 23 },
  { cacheType: 'q2_k' },
  { gpuLayers: -1 },
  { threads: 0 },
  { threads: 1.5 },
  { more: 1 },
  { template: { family: 'alpaca' } },
  { template: { source: '' } },
])('%j changes nothing', async (bad) => {
  const { store } = await temporaryStore();
  await store.modelSettings.set(A, { ...AUTOMATIC, threads: 1 });
  await expect(store.modelSettings.set(A, { ...AUTOMATIC, ...bad } as never)).rejects.toEqual(failure('bad-input'));
  expect(await store.modelSettings.get(A)).toEqual({ ...AUTOMATIC, threads: 1 });
});
