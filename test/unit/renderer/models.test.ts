/** The models dialog, the badge beside it, and notices over a dialog. */
import { flushSync } from 'svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';
import './support/browser.ts';
import {
  AUTOMATIC,
  IDLE_ENGINE,
  SteadyError,
  type ModelEntry,
  type ModelEstimate,
  type ModelSettings,
  type ProtectionState,
} from '../../../electron/contract/index.ts';
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

describe('how a model is loaded', () => {
  const GB = 1e9;
  async function advanced(settings: ModelSettings = AUTOMATIC, kept: () => unknown = () => ({})) {
    const service = fakeService();
    const set: ModelSettings[] = [];
    Object.assign(service.handlers, {
      'models.list': () => [own()],
      'models.settings': () => ({ settings, contextSizes: [16_384, 32_768], automaticContextSize: 8192, layers: 25, cores: 8 }),
      'models.estimate': ({ settings: asked = AUTOMATIC }: { settings?: ModelSettings }): ModelEstimate => ({
        ...{ fits: true, ramBytes: GB, vramBytes: 0, checkpointBytes: 0, contextSize: 8192, gpuLayers: 0, totalLayers: 25 },
        verdict: `It takes ${asked.cacheType === null ? 2 : 1} GB with ${asked.contextSize ?? 'automatic'}.`,
        contexts: [
          { contextSize: 16_384, bytes: 2 * GB, fits: true },
          { contextSize: 32_768, bytes: 9 * GB, fits: false },
        ],
      }),
      'models.setSettings': ({ settings: next }: { settings: ModelSettings }) => {
        set.push(next);
        return kept();
      },
    });
    part = await mountPart(ModelsDialog as never, service);
    part.app.ui.dialog = 'models';
    flushSync();
    await part.sees('Own model');
    part.press('Advanced');
    await part.sees('Context size');
    return { set, page: part };
  }

  const field = (label: string) =>
    document.getElementById([...document.querySelectorAll('label')].find(({ textContent }) => textContent === label)!.htmlFor) as
      HTMLSelectElement | HTMLInputElement;
  const choose = (label: string, value: string) => {
    const element = field(label);
    element.value = value;
    element.dispatchEvent(new Event('change', { bubbles: true }));
    flushSync();
  };

  test('shows each context size with its memory; what does not fit cannot be chosen', async () => {
    await advanced();
    await vi.waitFor(() =>
      expect([...(field('Context size') as HTMLSelectElement).options].map(({ text, disabled }) => [text, disabled])).toEqual([
        ['Automatic (8,192 tokens)', false],
        ['16,384 tokens: 2.0 GB', false],
        ['32,768 tokens: 9.0 GB, does not fit', true],
      ]),
    );
  });

  test('the memory follows what is chosen, and all of it is kept by one button', async () => {
    const { set, page } = await advanced();
    expect(button('Keep these').disabled).toBe(true);
    choose('Cache', 'q8_0');
    choose('Context size', '16384');
    await page.sees('It takes 1 GB with 16384.');
    expect([...(field('Flash attention') as HTMLSelectElement).options].find(({ value }) => value === 'false')?.disabled).toBe(true);
    choose('Layers on the GPU', '0');
    choose('Threads', '99');
    page.press('Keep these');
    await vi.waitFor(() =>
      expect(set).toEqual([{ contextSize: 16_384, cacheType: 'q8_0', flashAttention: null, gpuLayers: 0, threads: 8, template: null }]),
    );
    await vi.waitFor(() => expect(button('Keep these').disabled).toBe(true));
  });

  test('one button makes everything automatic again', async () => {
    const { set, page } = await advanced({
      contextSize: 32_768,
      cacheType: 'q4_0',
      flashAttention: true,
      gpuLayers: 3,
      threads: 2,
      template: null,
    });
    expect(field('Threads').value).toBe('2');
    page.press('All automatic');
    await vi.waitFor(() => expect(set).toEqual([AUTOMATIC]));
    await vi.waitFor(() => expect(field('Threads').value).toBe(''));
    expect(button('All automatic').disabled).toBe(true);
  });

  test('a chat template can be chosen, or pasted', async () => {
    const { set, page } = await advanced();
    choose('Chat template', 'gemma');
    await page.sees('Protection belongs to the template it was made with.');
    choose('Chat template', 'own');
    expect(button('Keep these').disabled).toBe(true);
    const text = document.querySelector<HTMLTextAreaElement>('textarea')!;
    text.value = '{{ messages }}';
    text.dispatchEvent(new Event('change', { bubbles: true }));
    flushSync();
    page.press('Keep these');
    await vi.waitFor(() => expect(set).toEqual([{ ...AUTOMATIC, template: { source: '{{ messages }}' } }]));
  });

  test('what cannot be done is said, and what was chosen stays', async () => {
    const { page } = await advanced(AUTOMATIC, () => {
      throw new SteadyError('busy', 'A calibration is running.', { hint: 'Wait for it.' });
    });
    choose('Threads', '2');
    page.press('Keep these');
    await page.sees('A calibration is running.');
    expect(field('Threads').value).toBe('2');
    expect(button('Keep these').disabled).toBe(false);
  });
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
