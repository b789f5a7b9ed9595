/** What axe-core finds wrong with the page, in every part of it and in both themes: nothing. */
/// <reference lib="dom" />
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './served-app.ts';
import { seedConversations, seedLog, seedRichReply } from './seeded-log.ts';

/** Waits until nothing fades or moves: half-way over, colours have no contrast. */
async function settled(page: Page): Promise<void> {
  // A frame first: what the last step changed begins to fade with the next one.
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
      }),
  );
  await expect
    .poll(() =>
      page.evaluate(
        () =>
          document.getAnimations().filter(({ playState, effect }) => playState === 'running' && effect?.getTiming().iterations !== Infinity)
            .length,
      ),
    )
    .toBe(0);
}

/** Every broken rule with the elements that break it, in both themes. */
async function faults(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await settled(page);
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const { id, nodes } of violations)
      for (const { target, failureSummary } of nodes) found.push(`${colorScheme} ${id}: ${target.join(' ')}: ${failureSummary ?? ''}`);
  }
  return found;
}

test('no part of the page breaks a rule of axe-core', async ({ app, page, foreign: _foreign }) => {
  test.setTimeout(10 * 60_000);
  await seedLog(app.dataDir, 60);
  const { refused } = await seedConversations(app.dataDir);
  const rich = await seedRichReply(app.dataDir);
  await page.goto(await app.start());
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeVisible();
  const check = (name: string) =>
    test.step(name, async () => {
      expect.soft(await faults(page), name).toEqual([]);
    });

  await check('an empty chat');
  for (const [button, name] of [
    ['Settings', 'settings'],
    ['Conversation settings', 'conversation settings'],
  ] as const) {
    await page.getByRole('button', { name: button, exact: true }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await check(name);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
  }
  await page.getByRole('textbox', { name: 'Message' }).blur();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await check('keys');
  await page.keyboard.press('Escape');
  await page.evaluate((id) => (window.location.hash = `#/c/${id}`), refused);
  await expect(page.getByRole('article', { name: 'Reply' })).toBeVisible();
  await check('a conversation');
  await page.getByRole('button', { name: 'Reply details' }).click();
  await expect(page.getByRole('listbox', { name: /^The message, part by part/ })).toBeVisible();
  await check('why a reply was refused');
  await page.keyboard.press('Escape');
  await page.evaluate((id) => (window.location.hash = `#/c/${id}`), rich);
  await expect(page.locator('.katex').first()).toBeVisible();
  await expect(page.locator('.tok-comment').first()).toBeVisible();
  await expect(page.getByRole('region', { name: /^Table: Column number 1,/ })).toHaveAttribute('tabindex', '0');
  await check('a reply with rich Markdown');

  await page.getByRole('button', { name: 'Admin area' }).click();
  await check('the first choice of a passphrase');
  await page.getByRole('button', { name: 'Go without a passphrase' }).click();
  await page.getByRole('option').first().click();
  await expect(page.getByRole('region', { name: 'Why was this refused?' })).toBeVisible();
  await page.getByText('For experts: the layers').click();
  await expect(page.getByRole('figure')).toBeVisible();
  await check('the refusal log');
  await page.getByRole('button', { name: /^Filters/ }).click();
  await check('filters');
  await page.keyboard.press('Escape');
  await page.getByText('Over time').click();
  await expect(page.getByRole('figure').first()).toBeVisible();
  await check('the refusal log over time');
  await page.getByRole('button', { name: 'Export' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await check('export');
  await page.keyboard.press('Escape');
  for (const tab of ['Calibration', 'Profiles', 'Evaluation', 'Programs', 'Policies']) {
    await page.getByRole('tab', { name: tab }).click();
    await expect(page.getByRole('tabpanel')).toBeVisible();
    await check(tab);
  }
  await page.setViewportSize({ width: 380, height: 800 });
  await page.getByRole('tab', { name: 'Refusals' }).click();
  await expect(page.getByRole('option').first()).toBeVisible();
  await check('the refusal log on a narrow screen');
});
