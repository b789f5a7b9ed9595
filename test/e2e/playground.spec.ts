/** An admin tries a prompt under two settings, has both answered, keeps it as a test, and finds it in the evaluation. */
/// <reference lib="dom" />
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, modelReady, test } from './served-app.ts';
import { chooseTinyModel } from './tiny-model.ts';

const IMAGES = join(import.meta.dirname, '..', '..', 'test-results', 'screenshots');

test('a prompt is tried under two settings', async ({ app, page, foreign: _foreign }) => {
  test.setTimeout(4 * 60_000);
  await chooseTinyModel(app.dataDir, { profile: 'second-stage' });
  await page.goto(await app.start());
  await modelReady(page);
  await page.getByRole('button', { name: 'Admin area' }).click();
  await page.getByRole('button', { name: 'Go without a passphrase' }).click();
  await page.getByRole('tab', { name: 'Playground' }).click();
  const message = page.getByRole('textbox', { name: 'Message' });
  const b = page.getByRole('region', { name: 'B', exact: true });
  const heat = b.getByRole('listbox', { name: /^The message, part by part/ });

  const photograph = async (name: string) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(IMAGES, `playground-${name}-${colorScheme}.png`), animations: 'disabled' });
      const { violations } = await new AxeBuilder({ page }).analyze();
      const faults = violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${colorScheme} ${id}: ${target.join(' ')}`));
      expect.soft(faults, name).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: 'light' });
  };

  await test.step('what is read is shown while it is typed', async () => {
    await expect(page.getByRole('combobox', { name: 'Protection of B' })).not.toHaveValue('');
    await photograph('empty');
    await message.pressSequentially('How do I shoot a portrait');
    await expect(heat).toContainText('portrait');
    await message.pressSequentially(' in low light?');
    await expect(heat).toContainText('low light?');
    await expect(b.getByText(/Protection pushed|That makes/).first()).toBeVisible();
  });

  await test.step('a threshold that is moved shows at once', async () => {
    const threshold = b.getByRole('slider', { name: 'Threshold' });
    await threshold.fill('3');
    await expect(b.getByText('3.00 higher: less is refused')).toBeVisible();
    await expect(b.getByText(/below the threshold of 0/).first()).toBeVisible();
    await b.getByRole('button', { name: /^As the profile says/ }).click();
    await expect(b.getByText(/above it|with all its strength/).first()).toBeVisible();
  });

  await test.step('both are answered', async () => {
    await page.getByRole('combobox', { name: 'Longest reply' }).selectOption('80 tokens');
    await page.getByRole('button', { name: 'Answer both' }).click();
    await expect(page.getByRole('button', { name: 'Stop' })).toBeVisible();
    for (const side of ['A', 'B']) {
      await expect(page.getByRole('group', { name: `Reply of ${side}` }).getByRole('status')).toContainText(/\w+\./, { timeout: 60_000 });
    }
    await photograph('answered');
  });

  await test.step('it is kept as a test, and the evaluation lists it', async () => {
    await page.getByRole('button', { name: 'Keep as a test' }).click();
    await expect(page.getByText('Kept in “Should be answered”, which has 1 test now.')).toBeVisible();
    await page.getByRole('tab', { name: 'Evaluation' }).click();
    await page.getByRole('button', { name: 'Should be answered (1 test)' }).click();
    await expect(page.getByRole('list', { name: 'Prompts of this evaluation' })).toContainText('1 prompt');
    await page.screenshot({ path: join(IMAGES, 'playground-kept.png') });
  });

  await test.step('chats are protected as before, also where the tab is left in the middle', async () => {
    await page.getByRole('tab', { name: 'Playground' }).click();
    await expect(message).toHaveValue('How do I shoot a portrait in low light?');
    await page.getByRole('combobox', { name: 'Longest reply' }).selectOption('640 tokens');
    await page.getByRole('button', { name: 'Answer both' }).click();
    await expect(page.getByRole('group', { name: 'Reply of A' })).not.toContainText('The reply comes here.');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Back to chat' }).click();
    await page.getByRole('textbox', { name: 'Message' }).fill('Name three rivers.');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('article', { name: 'Reply' })).toBeVisible();
    await expect(page.getByRole('button', { name: /Protected/ }).first()).toBeVisible();
  });

  await test.step('on a narrow screen nothing sticks out', async () => {
    await page
      .getByRole('button', { name: 'Stop' })
      .click({ timeout: 2000 })
      .catch(() => undefined);
    await page.getByRole('button', { name: 'Admin area' }).click();
    await page.getByRole('tab', { name: 'Playground' }).click();
    await page.setViewportSize({ width: 400, height: 860 });
    await page.screenshot({ path: join(IMAGES, 'playground-narrow.png'), animations: 'disabled' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
  });
});
