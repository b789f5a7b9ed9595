import { expect, test } from 'vitest';
import { DEFAULT_SAMPLING, settings as schema } from '../../../../electron/contract/index.ts';
import { DEFAULT_SETTINGS } from '../../../../electron/store/index.ts';
import { failure, rawDatabase, temporaryStore } from '../helpers.ts';

test('the defaults hold until something is set, and what is set stays', async () => {
  const { store, path } = await temporaryStore();
  expect(schema.parse(await store.settings.get())).toEqual(DEFAULT_SETTINGS);
  const sampling = { ...DEFAULT_SAMPLING, temperature: 0 };
  const updated = { ...DEFAULT_SETTINGS, theme: 'dark', defaultSampling: sampling } as const;
  expect(await store.settings.update({ theme: 'dark', defaultSampling: sampling, modelId: undefined })).toEqual(updated);
  await store.close();
  expect(await (await temporaryStore(path)).store.settings.get()).toEqual(updated);
});

test('a stored value that is no longer valid falls back alone', async () => {
  const { store, path } = await temporaryStore();
  await store.settings.update({ modelId: 'kept', allowUnprotectedChat: true });
  const put = rawDatabase(path).prepare('INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)');
  put.run('theme', '"sepia"');
  put.run('defaultSampling', '{"temperature": 99}');
  put.run('allowUnprotectedChat', '"yes"');
  put.run('fromAnotherVersion', '1');
  expect(await store.settings.get()).toEqual({ ...DEFAULT_SETTINGS, modelId: 'kept' });
});

test('a bad update changes nothing', async () => {
  const { store } = await temporaryStore();
  const bad = { modelId: 'x', theme: 'sepia' } as never;
  await expect(store.settings.update(bad)).rejects.toEqual(failure('bad-input'));
  await expect(store.settings.update({ unknown: 1 } as never)).rejects.toEqual(failure('bad-input'));
  expect(await store.settings.get()).toEqual(DEFAULT_SETTINGS);
});

test('model files are remembered in order, once each, and forgotten', async () => {
  const { store } = await temporaryStore();
  const first = await store.modelFiles.remember('/models/b.gguf');
  await store.modelFiles.remember('/models/a.gguf');
  expect(await store.modelFiles.remember('/models/b.gguf')).toEqual(first);
  expect((await store.modelFiles.list()).map(({ path }) => path)).toEqual(['/models/b.gguf', '/models/a.gguf']);
  await store.modelFiles.forget('/models/b.gguf');
  expect((await store.modelFiles.list()).map(({ path }) => path)).toEqual(['/models/a.gguf']);
});
