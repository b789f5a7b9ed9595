/** A model that thinks before it replies, in the page: told apart while it streams, folded, opened, switched, and kept. */
/// <reference lib="dom" />
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, expect, type Page } from '@playwright/test';
import { DEFAULT_SAMPLING } from '../../electron/contract/index.ts';
import { openStore } from '../../electron/store/index.ts';
import { thinkingModel, TINY_SHAPE } from '../synthetic-gguf/tiny-model.ts';
import { QWEN } from '../unit/engine/reasoning/templates.ts';
import { finished, replies, ServedApp } from './served-app.ts';

const IMAGES = join(import.meta.dirname, '..', '..', 'test-results', 'screenshots');
/** As Qwen 3's, but that the prompt opens the reasoning unless it is switched off: random weights would not begin one. */
const TEMPLATE = QWEN.replace(
  "'<think>\\n\\n</think>\\n\\n' -}}{%- endif",
  "'<think>\\n\\n</think>\\n\\n' -}}{%- else -%}{{- '<think>\\n' -}}{%- endif",
);

const test = base.extend<{ app: ServedApp }>({
  app: async ({}, use) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'steady-thinking-'));
    const { path, id } = await thinkingModel('browser', { markers: ['<think>', '</think>'], template: TEMPLATE }, TINY_SHAPE.vocabulary);
    const store = await openStore({ path: join(dataDir, 'steady.db') });
    await store.modelFiles.remember(path);
    // The likeliest word is always the same here, so that it thinks until somebody stops it.
    const defaultSampling = { ...DEFAULT_SAMPLING, temperature: 0 };
    await store.settings.update({ modelId: id, allowUnprotectedChat: true, defaultSampling });
    await store.close();
    const app = new ServedApp(dataDir, 'tiny');
    await use(app);
    await app.stop();
    await rm(dataDir, { recursive: true, force: true });
  },
});

async function photograph(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(IMAGES, `reasoning-${name}-${colorScheme}.png`), animations: 'disabled' });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

test('what a model thinks is folded above its reply, opens, is kept, and can be switched off', async ({ app, page }) => {
  await page.goto(await app.start());
  const message = page.getByRole('textbox', { name: 'Message' });
  const send = page.getByRole('button', { name: 'Send', exact: true });
  const thought = replies(page)
    .last()
    .getByRole('button', { name: /^Th(inking|ought)/ });

  await test.step('while it thinks, and when it is stopped there', async () => {
    await message.fill('Tell me of trees.');
    await send.click();
    await expect(thought).toContainText('Thinking');
    await thought.click();
    await expect(replies(page).last()).toContainText(/w2\d\d/);
    await photograph(page, 'thinking');
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect(thought).toContainText('not finished');
  });

  await test.step('it can go on; folded it is one line', async () => {
    await expect(replies(page).last().getByRole('button', { name: 'Continue', exact: true })).toBeVisible();
    await thought.click();
    await expect(thought).toHaveAttribute('aria-expanded', 'false');
    await photograph(page, 'folded');
  });

  await test.step('switched off, the next reply begins at once', async () => {
    await page.getByRole('button', { name: 'Conversation settings' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'Off' }).check({ force: true });
    await photograph(page, 'settings');
    await dialog.getByRole('spinbutton', { name: 'Longest reply' }).fill('24');
    await dialog.getByRole('spinbutton', { name: 'Longest reply' }).press('Tab');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await message.fill('And of flowers?');
    await send.click();
    await expect(replies(page)).toHaveCount(2);
    await finished(page);
    await expect(thought).toHaveCount(0);
    await expect(replies(page).last()).toContainText('Cut at 24 tokens');
  });

  await test.step('after a reload what was thought is there, folded', async () => {
    await page.reload();
    const first = replies(page)
      .first()
      .getByRole('button', { name: /^Thought/ });
    await expect(first).toHaveText(/^\s*Thought for .+ tokens · not finished\s*$/);
    await expect(first).toHaveAttribute('aria-expanded', 'false');
  });
});
