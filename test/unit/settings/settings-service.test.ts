/** The settings on a real database: what is stored, what everybody sees, and what is told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Settings } from '../../../electron/contract/index.ts';
import { AppEvents } from '../../../electron/events.ts';
import { SettingsService } from '../../../electron/settings/settings-service.ts';
import { openStore } from '../../../electron/store/index.ts';
import { fixedPolicies } from '../../fixtures/policies.ts';

async function open(policies = fixedPolicies()) {
  const folder = mkdtempSync(join(tmpdir(), 'steady-settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = await openStore({ path: join(folder, 'steady.db') });
  onTestFinished(() => store.close());
  const events = new AppEvents();
  const told: Settings[] = [];
  events.on('settings.changed', (settings) => told.push(settings));
  return { store, told, service: await SettingsService.open({ store: store.settings, policies, events }) };
}

test('a change is stored, seen at once by whoever asks, and told once', async () => {
  const { service, store, told } = await open();
  expect(service.current).toEqual(await store.settings.get());
  const changed = await service.update({ modelId: 'smollm2-135m-instruct' });
  expect(changed).toMatchObject({ modelId: 'smollm2-135m-instruct', theme: 'system' });
  expect(service.current).toEqual(changed);
  expect(await store.settings.get()).toEqual(changed);
  expect(told).toEqual([changed]);
});

test('what the policies forbid changes nothing', async () => {
  const { service, store, told } = await open(fixedPolicies({ unprotectedChat: 'forbidden' }));
  await expect(service.update({ allowUnprotectedChat: true, theme: 'dark' })).rejects.toMatchObject({ code: 'policy' });
  expect(service.current).toMatchObject({ allowUnprotectedChat: false, theme: 'system' });
  expect(await store.settings.get()).toEqual(service.current);
  expect(told).toEqual([]);
});
