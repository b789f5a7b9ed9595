/** Files of the user's own in the list of models, and what unfinished downloads left, over a real store. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { DownloadProgress, EngineState } from '../../../electron/contract/index.ts';
import { AppEvents } from '../../../electron/events.ts';
import { ModelService, type ModelServiceOptions } from '../../../electron/models/model-service.ts';
import { SettingsService } from '../../../electron/settings/settings-service.ts';
import { openStore } from '../../../electron/store/index.ts';
import { CATALOGUE } from '../../../models/index.ts';
import { temporaryFolder } from './helpers.ts';
import { fixedPolicies } from '../../fixtures/policies.ts';

async function library() {
  const dataDir = temporaryFolder();
  // Not the models that this machine has already.
  vi.stubEnv('XDG_DATA_HOME', temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  const store = await openStore({ path: join(dataDir, 'steady.db') });
  onTestFinished(() => store.close());
  const events = new AppEvents();
  const settings = await SettingsService.open({ store: store.settings, policies: fixedPolicies(), events });
  const state: { status: EngineState['status']; modelId: string | null } = { status: 'idle', modelId: null };
  const models = new ModelService({
    ...{ dataDir, store, settings, events, policies: fixedPolicies(), engine: { state }, protection: {} },
  } as unknown as ModelServiceOptions);
  return { dataDir, store, settings, events, state, models };
}

test('a file leaves the list and stays on the disk; the one in use cannot', async () => {
  const { dataDir, store, settings, state, models } = await library();
  const path = join(dataDir, 'own.gguf');
  writeFileSync(path, 'not looked into here');
  await store.modelFiles.remember(path);
  const id = `file:${path}`;
  await settings.update({ modelId: id });
  expect((await models.list()).some((model) => model.id === id)).toBe(true);

  Object.assign(state, { status: 'ready', modelId: id });
  await expect(models.removeFile(id)).rejects.toMatchObject({ code: 'conflict' });
  Object.assign(state, { status: 'idle', modelId: null });
  await models.removeFile(id);
  expect((await models.list()).some((model) => model.id === id)).toBe(false);
  expect(existsSync(path)).toBe(true);
  // Nor is it loaded at the next start.
  expect((await store.settings.get()).modelId).toBeNull();
  await expect(models.removeFile(CATALOGUE[0]!.id)).rejects.toMatchObject({ code: 'bad-input' });
});

test('what a download left is listed, and discarding it says so', async () => {
  const { dataDir, events, models } = await library();
  const entry = CATALOGUE.find(({ testOnly }) => testOnly !== true)!;
  mkdirSync(join(dataDir, 'models'));
  const part = join(dataDir, 'models', `${entry.fileName}.part`);
  writeFileSync(part, 'GGUF and more');
  const listed = async () => (await models.list()).find(({ id }) => id === entry.id);
  expect(await listed()).toMatchObject({ partialBytes: 13 });

  const told: DownloadProgress[] = [];
  events.on('models.progress', (progress) => told.push(progress));
  await models.discardDownload(entry.id);
  expect(existsSync(part)).toBe(false);
  expect(told).toMatchObject([{ modelId: entry.id, state: 'cancelled', receivedBytes: 0 }]);
  expect((await listed())?.partialBytes).toBeUndefined();
});
