/** The models dialog, the badge beside it, and notices over a dialog. */
import { flushSync } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';
import './support/browser.ts';
import { IDLE_ENGINE, type ModelEntry, type ProtectionState } from '../../../electron/contract/index.ts';
import Page from '../../../renderer/App.svelte';
import ProtectionBadge from '../../../renderer/lib/components/header/ProtectionBadge.svelte';
import ModelsDialog from '../../../renderer/lib/components/models/ModelsDialog.svelte';
import { appState, MODELS } from './calibration-fixtures.ts';
import { button, mountPart, type MountedPart } from './calibration-page.ts';
import { fakeService } from './fake-service.ts';

let part: MountedPart | null = null;
afterEach(() => {
  part?.unmount();
  part = null;
});

/** The dialog over a list that can be changed, and what was asked of the app. */
async function dialog(list: ModelEntry[]) {
  const asked: string[] = [];
  const service = fakeService();
  Object.assign(service.handlers, {
    'models.list': () => list,
    'models.discardDownload': ({ modelId }: { modelId: string }) => {
      asked.push(`discard ${modelId}`);
      list = list.map(({ partialBytes: _, ...model }) => model);
      return {};
    },
    'models.removeFile': ({ modelId }: { modelId: string }) => {
      asked.push(`remove ${modelId}`);
      list = list.filter(({ id }) => id !== modelId);
      return {};
    },
  });
  part = await mountPart(ModelsDialog as never, service);
  part.app.ui.dialog = 'models';
  flushSync();
  return { asked, page: part };
}

const own = (over: Partial<ModelEntry> = {}): ModelEntry => ({
  ...MODELS[0]!,
  ...{ id: 'file:/models/own.gguf', name: 'Own model', source: 'file', path: '/models/own.gguf', status: 'ready' },
  ...over,
});

test('what an unfinished download left can be gone on with or thrown away, also after a restart', async () => {
  const { asked, page } = await dialog([
    { ...MODELS[0]!, id: 'big', name: 'Big', status: 'available', path: null, bytes: 4e9, partialBytes: 1e9 },
  ]);
  await page.sees('Paused at 1.0 GB of 4.0 GB.');
  expect(button('Resume').disabled).toBe(false);
  page.press('Discard');
  await vi.waitFor(() => expect(button('Download')).toBeDefined());
  expect(asked).toEqual(['discard big']);
  expect(document.body.textContent).not.toContain('Paused');
});

test('a file of the user’s own can be taken off the list', async () => {
  const { asked, page } = await dialog([own()]);
  await page.sees('Own model');
  page.press('Take off the list');
  await vi.waitFor(() => expect(document.body.textContent).not.toContain('Own model'));
  expect(asked).toEqual(['remove file:/models/own.gguf']);
});

test('where no model is loaded nothing is unprotected', async () => {
  const off: ProtectionState = { status: 'off', reason: 'no-model', message: 'No model is loaded.', chatAllowed: false, profile: null };
  const service = fakeService();
  service.handlers['app.state'] = () => appState({ engine: IDLE_ENGINE, protection: off });
  part = await mountPart(ProtectionBadge as never, service);
  expect(document.querySelector('[role="status"]')?.textContent.trim()).toBe('Not active yet');
  expect(document.querySelector('button.off')).toBeNull();
  part.emit('protection.changed', { ...off, reason: 'no-profile' });
  await part.sees('Protection off');
});

test('dismissing a notice leaves the dialog behind it open', async () => {
  part = await mountPart(Page, fakeService());
  await part.sees('New chat');
  part.press('Settings');
  await vi.waitFor(() => expect(document.querySelector('[role="dialog"]')).not.toBeNull());
  part.emit('app.notice', { level: 'warning', message: 'Something happened.', hint: '' });
  await part.sees('Something happened.');
  const pressAt = (target: Element) => {
    target.dispatchEvent(
      new PointerEvent('pointerdown', { bubbles: true, cancelable: true, clientX: 900, clientY: 70, pointerType: 'mouse' }),
    );
    (target as HTMLElement).click();
    // A dialog waits a moment before it takes a press for one beside it.
    return new Promise((done) => setTimeout(done, 200));
  };
  await pressAt(button('Dismiss'));
  expect(document.body.textContent).not.toContain('Something happened.');
  expect(document.querySelector('[role="dialog"]')).not.toBeNull();
  await pressAt(document.body);
  expect(document.querySelector('[role="dialog"]')).toBeNull();
});
